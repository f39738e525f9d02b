"""Asks a server over some connections for some seconds: a process of its own, as small as can be.

`python -m benchmarks.gateway.load` reads a Load as JSON from its standard input and writes a Measured.
"""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import cycle, islice
from time import perf_counter
from typing import cast
from urllib.parse import urlsplit

import httptools
import orjson
import uvloop


@dataclass(frozen=True)
class Load:
    """What is asked of whom; every connection begins at another body, with the next of the tokens."""

    url: str
    tokens: list[str]
    bodies: list[str]
    connections: int
    seconds: float


@dataclass(frozen=True)
class Measured:
    """What came of it: successes, their times in milliseconds, failures, and the first of these."""

    requests: int
    failed: int
    per_second: float
    p50: float
    p99: float
    wrong: str = ""


@dataclass
class _Tally:
    until: float
    times: list[float] = field(default_factory=list)
    failed: int = 0
    wrong: str = ""

    def fail(self, reason: str) -> None:
        self.failed += 1
        self.wrong = self.wrong or reason


class _Connection(asyncio.Protocol):
    """Sends one request after the other until the time is over."""

    def __init__(self, requests: Iterator[bytes], tally: _Tally) -> None:
        self.closed = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._tally = tally
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._transport.is_closing():
            self._tally.fail(f"the connection broke off: {exc}")
        self.closed.set_result(None)

    def on_body(self, part: bytes) -> None:
        self._body.append(part)

    def on_message_complete(self) -> None:
        now, body = perf_counter(), b"".join(self._body)
        status = self._parser.get_status_code()
        if status == 200 and b'"errors"' not in body:
            self._tally.times.append(now - self._began)
        else:
            self._tally.fail(f"HTTP {status}: {body[:300].decode(errors='replace')}")
        if now > self._tally.until:
            self._transport.close()
            return
        self._body.clear()
        self._parser = httptools.HttpResponseParser(self)
        self._send()

    def _send(self) -> None:
        self._began = perf_counter()
        self._transport.write(next(self._requests))


async def run(load: Load) -> Measured:
    """Keep every connection busy with one request at a time until the seconds are over."""
    address = urlsplit(load.url)
    requests = [
        [_request(token, address.netloc, address.path, body.encode()) for body in load.bodies]
        for token in load.tokens
    ]
    began = perf_counter()
    tally = _Tally(until=began + load.seconds)
    loop = asyncio.get_running_loop()

    def connection(number: int) -> _Connection:
        own = requests[number % len(requests)]
        first = number * len(own) // load.connections
        return _Connection(islice(cycle(own), first, None), tally)

    opened = [
        await loop.create_connection(partial(connection, number), str(address.hostname), address.port or 80)
        for number in range(load.connections)
    ]
    await asyncio.gather(*(protocol.closed for _, protocol in opened))
    return _measured(tally, perf_counter() - began)


def _request(token: str, host: str, path: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Accept: application/json\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _measured(tally: _Tally, took: float) -> Measured:
    times = sorted(tally.times) or [float("nan")]
    return Measured(
        requests=len(tally.times),
        failed=tally.failed,
        per_second=len(tally.times) / took,
        p50=1000 * times[len(times) // 2],
        p99=1000 * times[len(times) * 99 // 100],
        wrong=tally.wrong,
    )


if __name__ == "__main__":
    found = uvloop.run(run(Load(**orjson.loads(sys.stdin.buffer.read()))))
    sys.stdout.buffer.write(orjson.dumps(asdict(found)))
