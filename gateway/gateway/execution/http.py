"""A small HTTP/1.1 client: one JSON exchange at a time per connection, at little more than its bytes."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import httptools

from gateway.execution.deadlines import Deadlines

# Below the time after which our services close an idle connection, so that none is reused as it closes.
IDLE_SECONDS = 60.0
MOST_IDLE = 100
HANDSHAKE_SECONDS = 5.0

Exchange = tuple[int, bytes]


class Unreachable(Exception):
    """No connection could be made, so nothing was sent."""


class ConnectionLost(Exception):
    """The connection broke, or what came is not HTTP, before the answer was there."""


class TooLarge(Exception):
    """The answer is longer than allowed."""


@dataclass(frozen=True, eq=False)
class Target:
    """Where a subgraph listens; its request line and its host are written once."""

    host: str
    port: int
    secure: bool
    head: bytes

    @classmethod
    def of(cls, url: str) -> "Target":
        """Read an http or https address."""
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        head = (
            f"POST {path} HTTP/1.1\r\nhost: {parts.netloc.rpartition('@')[2]}\r\naccept: application/json\r\n"
        )
        return cls(parts.hostname or "", parts.port or (443 if secure else 80), secure, head.encode())


class _Connection(asyncio.Protocol):
    """One connection: a request is written, its answer parsed, and the next may follow."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._transport: asyncio.Transport
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Exchange] | None = None
        self.idle_since = 0.0
        self.usable = True

    def exchange(self, request: bytes) -> asyncio.Future[Exchange]:
        """Send a request; status and body come, and who does not wait for them must close."""
        self._body: list[bytes] = []
        self._size = 0
        self._answer = answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return answer

    def close(self) -> None:
        """Hang up."""
        self.usable = False
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none of asyncio's by class

    def data_received(self, data: bytes) -> None:
        """Parse what came; nothing may come that nobody asked for."""
        if self._answer is None:
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionLost(str(error)))

    def eof_received(self) -> None:
        """The other end closes."""
        self._fail(ConnectionLost("closed"))

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self.usable = False
        self._fail(ConnectionLost(str(exc)))

    def on_message_begin(self) -> None:
        """Distrust who sends more than was asked for: the rest would stand before the next answer."""
        if self._answer is None:
            self.usable = False

    def on_body(self, body: bytes) -> None:
        """Keep a part of the answer."""
        self._size += len(body)
        if self._size > self._largest:
            self._fail(TooLarge())
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Hand the answer over."""
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            self.usable = self.usable and self._parser.should_keep_alive()
            answer.set_result((self._parser.get_status_code(), b"".join(self._body)))

    def _fail(self, error: Exception) -> None:
        self.usable = False
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(error)


def written(headers: Mapping[str, str]) -> bytes:
    """The lines of these headers; raises ValueError for one with a line break, which would begin another."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if not lines.count("\r") == lines.count("\n") == len(headers):
        raise ValueError("A header has a line break in it")
    return lines.encode("latin-1", "replace")


class HttpClient:
    """Posts JSON over connections that it keeps."""

    def __init__(self, *, largest: int, tls: ssl.SSLContext | None = None) -> None:
        self._largest = largest
        self._idle: defaultdict[Target, list[_Connection]] = defaultdict(list)
        self._tls = tls or ssl.create_default_context()
        self._deadlines = Deadlines()

    async def post(self, target: Target, body: bytes, head: bytes, until: float) -> Exchange:
        """Return status and body of the answer; raises Unreachable, ConnectionLost and TooLarge.

        `head` holds the request's headers as lines. Raises TimeoutError at the loop's time `until`.
        """
        request = b"%b%bcontent-length: %d\r\n\r\n%b" % (target.head, head, len(body), body)
        connection = self._kept(target)
        if connection is None:
            async with asyncio.timeout_at(until):
                connection = await self._connected(target)
        awaited = connection.exchange(request)
        self._deadlines.add(awaited, until)
        try:
            answer = await awaited
        except BaseException:
            connection.close()
            raise
        finally:
            self._deadlines.remove(awaited)
        if connection.usable:
            connection.idle_since = asyncio.get_running_loop().time()
            idle = self._idle[target]
            idle.append(connection)
            if len(idle) > MOST_IDLE:
                idle.pop(0).close()
        else:
            connection.close()
        return answer

    def close(self) -> None:
        """Hang up everywhere."""
        self._deadlines.close()
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()

    def _kept(self, target: Target) -> _Connection | None:
        """The connection used last, so that those not needed grow old."""
        oldest = asyncio.get_running_loop().time() - IDLE_SECONDS
        connections = self._idle[target]
        while connections:
            connection = connections.pop()
            if connection.usable and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    async def _connected(self, target: Target) -> _Connection:
        tls = self._tls if target.secure else None
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: _Connection(self._largest),
                target.host,
                target.port,
                ssl=tls,
                ssl_handshake_timeout=HANDSHAKE_SECONDS if tls else None,
            )
        except OSError as error:
            raise Unreachable(str(error)) from None
        return connection
