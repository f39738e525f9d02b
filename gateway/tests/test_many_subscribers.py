"""What idle subscribers cost a gateway process."""

import asyncio
import os
import resource
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp

from chassis.testing import eventually
from deploy.local.nats import Nats
from deploy.local.ports import free_port
from deploy.local.program import answers

SUBSCRIBERS = 1_000
MOST_MEGABYTES = 300
CHANGED = "subscription($id: ID!) { ticketChanged(id: $id) { id subject customer { name } } }"


@asynccontextmanager
async def gateway(nats: Nats) -> AsyncIterator[tuple[str, int]]:
    """A process of our own graph; yields its address and its id."""
    port = free_port()
    environment = {
        **os.environ,
        "ROUNDEL_ENVIRONMENT": "local",
        "ROUNDEL_ISSUER": "http://127.0.0.1:9",
        "ROUNDEL_JWKS_URL": "http://127.0.0.1:9",
        "ROUNDEL_NATS_URL": nats.url("gateway"),
    }
    words = (sys.executable, "-m", "gateway", "serve", "--open", "--port", str(port))
    process = await asyncio.create_subprocess_exec(*words, env=environment)
    try:
        url = f"127.0.0.1:{port}"
        await eventually(lambda: answers(f"http://{url}/health/ready"), timeout=30)
        yield url, process.pid
    finally:
        process.terminate()
        await process.wait()


def megabytes(pid: int) -> float:
    """The memory of a process and of its children."""
    own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 1e6
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(megabytes(int(child)) for child in children)


async def subscribed_over_sse(http: aiohttp.ClientSession, url: str) -> Any:
    body = {"query": CHANGED, "variables": {"id": str(uuid4())}}
    answer = await http.post(f"http://{url}/graphql", json=body, headers={"Accept": "text/event-stream"})
    assert await answer.content.readline() == b":\n", "the first heartbeat says that it is subscribed"
    return answer


async def subscribed_over_websocket(http: aiohttp.ClientSession, url: str) -> Any:
    socket = await http.ws_connect(f"http://{url}/graphql", protocols=("graphql-transport-ws",))
    await socket.send_json({"type": "connection_init"})
    assert await socket.receive_json() == {"type": "connection_ack"}
    payload = {"query": CHANGED, "variables": {"id": str(uuid4())}}
    await socket.send_json({"id": "1", "type": "subscribe", "payload": payload})
    return socket


async def test_a_thousand_idle_subscribers_fit_into_300_megabytes(nats: Nats) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with gateway(nats) as (url, pid), aiohttp.ClientSession(connector=connector) as http:
        opened: list[Any] = []
        for _ in range(SUBSCRIBERS // 20):
            opened += await asyncio.gather(
                *(subscribed_over_sse(http, url) for _ in range(10)),
                *(subscribed_over_websocket(http, url) for _ in range(10)),
            )
        for socket in opened:
            if isinstance(socket, aiohttp.ClientWebSocketResponse):
                await socket.send_json({"type": "ping"})
                assert await socket.receive_json() == {"type": "pong"}, "nothing was refused"
        assert megabytes(pid) < MOST_MEGABYTES
