"""Stands in for every service and the gateway: serves what `make up` asks, says what it was told."""

import asyncio
import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta

import asyncpg
from aiohttp import web


def _answer(query: str) -> dict[str, object]:
    if "signIn" in query:
        expires = datetime.now(UTC) + timedelta(minutes=15)
        return {"signIn": {"token": "a.b.c", "expiresAt": expires.isoformat()}}
    ids = ["quiet", "busy", "busy"] if "contracts" in query else []
    nodes = [{"node": {"id": id, "customer": {"id": id}}} for id in ids]
    return {"contracts": {"edges": nodes}, "opportunities": {"edges": []}, "customers": {"edges": []}}


async def _graph(request: web.Request) -> web.Response:
    return web.json_response({"data": _answer((await request.json())["query"])})


async def _ready(_: web.Request) -> web.Response:
    if url := os.environ.get("ROUNDEL_DATABASE_URL"):
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        await connection.close()
    return web.Response()


async def _environment(_: web.Request) -> web.Response:
    told = {name: value for name, value in os.environ.items() if name.startswith("ROUNDEL_")}
    return web.json_response({"argv": sys.argv[1:], **told})


async def serve() -> None:
    """Serves until SIGTERM."""
    app = web.Application()
    app.add_routes([web.get("/health/ready", _ready), web.get("/environment", _environment)])
    app.add_routes([web.post("/graphql", _graph)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, os.environ["ROUNDEL_HOST"], int(os.environ["ROUNDEL_HTTP_PORT"])).start()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    await runner.cleanup()


def load() -> None:
    """Stands in for a loader: notes how it was called."""
    with open("var/calls.jsonl", "a") as file:
        file.write(json.dumps(sys.argv[1:]) + "\n")
