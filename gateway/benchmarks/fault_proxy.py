"""A proxy before one service that can break in six ways."""

import asyncio
import random
import socket
import struct
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

SLOW_SECONDS = 2.0
FOREVER = 3_600.0


class FaultProxy:
    """Passes requests on to a service, or misbehaves in its place."""

    def __init__(self, port: int, target: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._target = target
        self._fault: Callable[[web.Request], Awaitable[web.StreamResponse]] = self._pass_on
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=4),
            timeout=aiohttp.ClientTimeout(total=30),
            auto_decompress=False,
        )
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._refuse()
        await self._http.close()

    async def breaks(self, fault: str) -> None:
        """Misbehave from now on: one of `FAULTS`."""
        if fault == "down":
            await self._refuse()
        else:
            self._fault = getattr(self, f"_{fault}")

    async def recovers(self) -> None:
        """Pass everything on again."""
        self._fault = self._pass_on
        if self._runner is None:
            await self._listen()

    async def _listen(self) -> None:
        app = web.Application(client_max_size=2**24)
        app.router.add_post("/graphql", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.01, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()

    async def _refuse(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        return await self._fault(request)

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        try:
            async with self._http.post(f"{self._target}/graphql", data=body, headers=headers) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, OSError) as error:
            return web.Response(status=502, text=str(error))
        return web.Response(status=answer.status, body=content, content_type="application/json")

    async def _hanging(self, _: web.Request) -> web.StreamResponse:
        await asyncio.sleep(FOREVER)
        return web.Response()

    async def _slow(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(SLOW_SECONDS)
        return await self._pass_on(request)

    async def _garbage(self, _: web.Request) -> web.StreamResponse:
        return web.Response(body=random.randbytes(512), content_type="application/json")

    async def _errors(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"data": None, "errors": [{"message": "Out of order"}]})

    async def _resets(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        connection: socket.socket = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
        return web.Response()


FAULTS = ("down", "hanging", "slow", "garbage", "errors", "resets")
