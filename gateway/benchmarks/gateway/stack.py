"""The real services on real databases with the demonstration company in them."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from deploy.local.graph import sign_in
from deploy.local.suite import ADMINISTRATOR, ROOT, Suite

QUERY = (ROOT / "docs" / "graphql" / "customer360.graphql").read_text()
CALLERS = 16
_PAGE = (
    "query($after: String) { customers(first: 100, after: $after) { nodes { id } pageInfo { endCursor } } }"
)


@dataclass(frozen=True)
class Stack:
    """A running suite, and the tokens of those who ask it."""

    suite: Suite
    tokens: list[str]
    customers: list[str]

    @property
    def token(self) -> str:
        """That of the first caller."""
        return self.tokens[0]

    def bodies(self) -> list[str]:
        """The 360 of every customer, as request bodies."""
        return [orjson.dumps({"query": QUERY, "variables": {"id": id}}).decode() for id in self.customers]

    def environment(self, service: str) -> dict[str, str]:
        """What another process is told that works on a service's database."""
        issuer = self.suite.service_url("identity")
        return {
            "ROUNDEL_DATABASE_URL": self.suite.database_url(service),
            "ROUNDEL_MASTER_KEYS": self.suite.master_keys,
            "ROUNDEL_ISSUER": issuer,
            "ROUNDEL_JWKS_URL": f"{issuer}/jwks.json",
        }

    def supergraph(self, file: Path, urls: Mapping[str, str]) -> Path:
        """Write the supergraph with these addresses of its services."""
        text = (ROOT / "gateway" / "supergraph.graphql").read_text()
        for service, url in urls.items():
            before, declared, rest = text.partition(f'@join__graph(name: "{service}", url: "')
            text = before + declared + url + '"' + rest.partition('"')[2]
        file.write_text(text)
        return file


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Stack]:
    """Run the suite as in production; the first time, load the demonstration company."""
    traces = folder / "traces.jsonl"
    traces.unlink(missing_ok=True)
    environment = {
        "ROUNDEL_ENVIRONMENT": "production",
        "ROUNDEL_TRACE_FILE": str(traces.resolve()),
        "ROUNDEL_TRACE_SAMPLING": "0.01",
        # limits are checked on every request, and high enough for one caller to make all of them
        "ROUNDEL_REQUESTS_PER_SECOND": "1000000",
        "ROUNDEL_REQUEST_BURST": "1000000",
        "ROUNDEL_COST_BUDGET": "1000000",
    }
    async with Suite(folder / "suite", durable=False, environment=environment) as suite:
        loaded = folder / "suite" / "loaded"
        if not loaded.exists():
            await _load(suite, await _token(suite))
            loaded.touch()
        tokens = [await _token(suite) for _ in range(CALLERS)]  # fresh ones: they outlive the longest run
        stack = Stack(suite, tokens, await _customers(suite.graph, tokens[0]))
        await _settled(stack)
        yield stack


async def _token(suite: Suite) -> str:
    return (await sign_in(suite.graph, ADMINISTRATOR, suite.administrator_password)).token


async def _load(suite: Suite, token: str) -> None:
    environment = {**os.environ, "ROUNDEL_GRAPH": suite.graph, "ROUNDEL_TOKEN": token}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo", "load", cwd=ROOT, env=environment
    )
    if await process.wait():
        raise RuntimeError(f"The demonstration company could not be loaded; see {suite.var / 'logs'}")


async def _customers(graph: str, token: str) -> list[str]:
    found: list[str] = []
    after: str | None = None
    async with aiohttp.ClientSession(headers={"authorization": f"Bearer {token}"}) as http:
        while True:
            body = {"query": _PAGE, "variables": {"after": after}}
            async with http.post(graph, json=body) as answer:
                page = (await answer.json())["data"]["customers"]
            if not page["nodes"]:
                return found
            found += [node["id"] for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]


async def _settled(stack: Stack) -> None:
    """Wait until the events of the loading have arrived everywhere."""
    before = None
    while (now := await answers(stack.suite.graph, stack.token, stack.bodies())) != before:
        before = now
        await asyncio.sleep(2)


async def answers(url: str, token: str, bodies: list[str]) -> list[Any]:
    """The answers to these bodies, some asked at a time."""
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    found: list[Any] = [None] * len(bodies)
    waiting: Iterator[tuple[int, str]] = iter(enumerate(bodies))

    async with aiohttp.ClientSession(headers=headers) as http:

        async def work() -> None:
            for number, body in waiting:
                async with http.post(url, data=body) as answer:
                    found[number] = orjson.loads(await answer.read())

        await asyncio.gather(*(work() for _ in range(4)))
    return found
