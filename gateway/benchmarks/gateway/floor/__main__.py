"""`python -m benchmarks.gateway.floor PORT`, with the databases' URLs as JSON in FLOOR_DATABASES."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from starlette.types import Receive, Scope, Send

from benchmarks.gateway.floor import parts, statements
from benchmarks.gateway.floor.parts import Part
from chassis.access import TokenVerifier
from chassis.errors import DomainError

Read = Callable[[asyncpg.Connection, UUID], Awaitable[Part | None]]
READS: Mapping[str, Read] = {
    "customer": parts.customer,
    "marketing": parts.marketing,
    "sales": parts.sales,
    "project": parts.project,
    "service_desk": parts.service_desk,
    "finance": parts.finance,
    "automation": parts.automation,
    "insight": parts.insight,
}
CONNECTIONS = 10  # to each database, as the services have


class Floor:
    """A raw ASGI application that answers one thing: the 360 of the customer in `variables.id`."""

    def __init__(self, urls: Mapping[str, str], verifier: TokenVerifier) -> None:
        self._urls = urls
        self._verifier = verifier
        self._open = AsyncExitStack()
        self._pools: dict[str, asyncpg.Pool] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or start and stop with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, answer = await self._answer(dict(scope["headers"]), body)
        written = orjson.dumps(answer, default=_written)
        length = (b"content-length", str(len(written)).encode())
        headers = [(b"content-type", b"application/json"), length]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": written})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        for name, url in self._urls.items():
            pool = asyncpg.create_pool(url, min_size=1, max_size=CONNECTIONS, init=_prepare, reset=_keep)
            self._pools[name] = await self._open.enter_async_context(pool)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._open.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, headers: Mapping[bytes, bytes], body: bytes) -> tuple[int, dict[str, Any]]:
        try:
            await self._verifier.verify(headers.get(b"authorization", b"").decode().removeprefix("Bearer "))
        except DomainError as error:
            return 401, {"errors": [{"message": error.message}]}
        id = UUID(orjson.loads(body)["variables"]["id"])
        found = await asyncio.gather(*(self._read(name, read, id) for name, read in READS.items()))
        if found[0] is None:
            return 200, {"data": {"customer": None}}
        seen: Part = {}
        for part in found:
            seen |= part or {}
        await self._name_employees(seen)
        return 200, {"data": {"customer": seen}}

    async def _read(self, name: str, read: Read, id: UUID) -> Part | None:
        async with self._pools[name].acquire() as connection:
            return await read(connection, id)

    async def _name_employees(self, seen: Part) -> None:
        places = _people(seen)
        ids = list({place[key] for place, key in places} | {seen["owner"]} - {None})
        async with self._pools["identity"].acquire() as connection:
            known = {row["id"]: row for row in await connection.fetch(statements.EMPLOYEES, ids)}
        for place, key in places:
            person = known.get(place[key])
            place[key] = person and {"name": person["name"]}
        if owner := known.get(seen["owner"]):
            team = parts.named(owner["team"])
            seen["owner"] = {"name": owner["name"], "email": owner["email"], "team": team}


def _people(seen: Part) -> list[tuple[Part, str]]:
    """Where employees are named whose name is asked for; the owner is asked for more."""
    lists = {
        "leads": "owner",
        "opportunities": "owner",
        "interactions": "author",
        "projects": "manager",
        "todos": "assignee",
        "timeline": "actor",
    }
    return [(node, key) for name, key in lists.items() for node in seen[name]["nodes"] if node[key]]


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=orjson.dumps, decoder=orjson.loads, schema="pg_catalog")


async def _keep(_: asyncpg.Connection) -> None:
    """Nothing is changed on a connection, so nothing is reset: that would be one more round trip."""


def _written(value: object) -> str:
    """Decimals as the graph writes them, ids as text."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return str(value)


def main() -> None:
    """Serve at the port named on the command line."""
    verifier = TokenVerifier(issuer=os.environ["ROUNDEL_ISSUER"], jwks_url=os.environ["ROUNDEL_JWKS_URL"])
    floor = Floor(orjson.loads(os.environ["FLOOR_DATABASES"]), verifier)
    uvicorn.run(floor, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
