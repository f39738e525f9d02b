"""A service's HTTP edges asked in process, for tests."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from chassis.access import Principal, TokenVerifier
from chassis.service import Runtime, Service, edges
from chassis.testing import employee

BLOCK = 1 << 16


@dataclass(frozen=True)
class Reply:
    """What a request gave."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return orjson.loads(self.body)


class _Known(TokenVerifier):
    def __init__(self) -> None:
        super().__init__(issuer="", jwks_url="")
        self.callers: dict[str, Principal] = {}

    async def verify(self, token: str) -> Principal:
        return self.callers[token]


class Edge:
    """`reply = await Edge(service, runtime(database)).post("/imports", body, by=employee())`."""

    def __init__(self, service: Service, given: Runtime) -> None:
        self._known = _Known()
        self._app = edges(
            service, Runtime(given.settings, given.database, self._known, given.peers, given.clock)
        )

    async def post(self, path: str, body: bytes, *, by: Principal | None = None) -> Reply:
        """Send a body as an employee with all grants, or as whom the test says."""
        return await self._ask("POST", path, body, by or employee())

    async def get(self, path: str, *, by: Principal | None = None) -> Reply:
        """Ask without a token, or as whom the test says."""
        return await self._ask("GET", path, b"", by)

    async def _ask(self, method: str, path: str, body: bytes, by: Principal | None) -> Reply:
        headers = []
        if by is not None:
            token = str(by.id)
            self._known.callers[token] = by
            headers.append((b"authorization", b"Bearer " + token.encode()))
        parts = urlsplit(path)
        scope = {
            "type": "http",
            "method": method,
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": headers,
        }
        sent: list[Any] = []
        blocks = _blocks(body)

        async def receive() -> Any:
            return await anext(blocks)

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        start = sent[0]
        return Reply(
            start["status"],
            {name.decode(): value.decode() for name, value in start["headers"]},
            b"".join(message.get("body", b"") for message in sent[1:]),
        )


async def _blocks(body: bytes) -> AsyncIterator[dict[str, Any]]:
    for start in range(0, max(len(body), 1), BLOCK):
        more = start + BLOCK < len(body)
        yield {"type": "http.request", "body": body[start : start + BLOCK], "more_body": more}
    await asyncio.Event().wait()  # the caller stays until the answer is there
