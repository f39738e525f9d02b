"""A gateway in production, in a process of its own, before canned services of our whole graph."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from graphql import (
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLResolveInfo,
    GraphQLScalarType,
    ObjectTypeDefinitionNode,
    build_schema,
    execute,
    parse,
)

ROOT = Path(__file__).parents[3]
SUPERGRAPH = ROOT / "gateway" / "supergraph.graphql"
REQUEST_SECONDS = 10.0


class CannedService:
    """A service that answers whatever its schema allows with the first value of the right type."""

    def __init__(self, sdl: str) -> None:
        entities = "union _Entity = " + " | ".join(_entities(sdl))
        federated = "scalar _Any extend type Query { _entities(representations: [_Any!]!): [_Entity]! }"
        self._schema = build_schema(f"{sdl}\n{entities}\n{federated}", assume_valid=True)

    async def serve(self, request: web.Request) -> web.Response:
        """Answer one fetch."""
        body = orjson.loads(await request.read())
        found = execute(
            self._schema,
            parse(body["query"]),
            {},
            variable_values=body.get("variables"),
            field_resolver=_canned,
            type_resolver=lambda value, info, declared: (
                value.get("__typename") or info.schema.get_possible_types(declared)[0].name
            ),
        )
        assert not asyncio.iscoroutine(found)
        return web.json_response(found.formatted)  # type: ignore[union-attr]


def _entities(sdl: str) -> list[str]:
    definitions = parse(sdl).definitions
    keyed = [
        definition.name.value
        for definition in definitions
        if isinstance(definition, ObjectTypeDefinitionNode)
        and any(directive.name.value == "key" for directive in definition.directives or ())
    ]
    return keyed or ["Query"]


def _canned(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    if info.field_name == "_entities":
        return arguments["representations"]
    if info.field_name in source:
        return source[info.field_name]
    return _value(info.return_type)


def _value(declared: Any) -> Any:
    if isinstance(declared, GraphQLNonNull):
        return _value(declared.of_type)
    if isinstance(declared, GraphQLList):
        return [_value(declared.of_type)]
    if isinstance(declared, GraphQLEnumType):
        return next(iter(declared.values))
    if isinstance(declared, GraphQLScalarType):
        return {"Int": 1, "Float": 1.5, "Boolean": True}.get(declared.name, "1")
    return {}


@dataclass(frozen=True)
class Gateway:
    """A gateway in its own process."""

    url: str
    process: subprocess.Popen[bytes]
    http: aiohttp.ClientSession
    bearer: dict[str, str]
    log: Path

    async def send(
        self, body: bytes, headers: dict[str, str] | None = None, method: str = "POST"
    ) -> tuple[int, Any, dict[str, str]]:
        """Return status, content and headers, within the time that any request may take."""
        sent = {"content-type": "application/json", **self.bearer, **(headers or {})}
        started = time.perf_counter()
        async with self.http.request(method, f"{self.url}/graphql", data=body, headers=sent) as response:
            content = await response.read()
        assert time.perf_counter() - started < REQUEST_SECONDS + 1, body[:5_000]
        told = {name.lower(): value for name, value in response.headers.items()}
        assert b"Traceback" not in content
        assert b'File "' not in content
        return response.status, orjson.loads(content), told

    async def ask(self, query: str, **headers: str) -> tuple[int, Any]:
        """Return status and content of a query."""
        return (await self.send(orjson.dumps({"query": query}), headers))[:2]

    def megabytes(self) -> float:
        """The memory of the process and its planner."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return sum(_resident(int(pid)) for pid in (str(self.process.pid), *children))


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]
    return int(kilobytes) / 1024


@pytest.fixture(scope="module")
async def gateway(issuer: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    """The gateway as operators start it, before canned services."""
    async with AsyncExitStack() as stack:
        subgraphs = {}
        for file in sorted(ROOT.glob("services/*/schema.graphql")):
            app = web.Application(client_max_size=2**24)
            app.router.add_post("/graphql", CannedService(file.read_text()).serve)
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            subgraphs[file.parent.name] = f"http://127.0.0.1:{runner.addresses[0][1]}/graphql"
        port = _free_port()
        environment = {
            "ROUNDEL_ISSUER": issuer.name,
            "ROUNDEL_JWKS_URL": issuer.url,
            "ROUNDEL_SUBGRAPHS": orjson.dumps(subgraphs).decode(),
            "ROUNDEL_REQUESTS_PER_SECOND": "100000",
            "ROUNDEL_REQUEST_BURST": "100000",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ROUNDEL_")}
        command = [
            sys.executable,
            "-m",
            "gateway",
            "serve",
            "--supergraph",
            str(SUPERGRAPH),
            "--port",
            str(port),
        ]
        log = tmp_path_factory.mktemp("gateway") / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(command, env={**kept, **environment}, stdout=output, stderr=output)
        http = await stack.enter_async_context(aiohttp.ClientSession(auto_decompress=True))
        bearer = issuer.bearer(exp=int(time.time()) + 3_600)
        found = Gateway(f"http://127.0.0.1:{port}", process, http, bearer, log)
        try:
            await _ready(found)
            yield found
        finally:
            process.terminate()
            process.wait(30)
        told = log.read_text()
        assert "Traceback" not in told
        assert "The planner ended" not in told


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


async def _ready(gateway: Gateway) -> None:
    async with asyncio.timeout(60):
        while gateway.process.poll() is None:
            try:
                async with gateway.http.get(f"{gateway.url}/health/ready") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)
    raise RuntimeError("the gateway did not start")
