"""A gateway as an operator starts it: its own process before a graph's subgraphs."""

import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from chassis.testing import eventually
from tests import programs

Json = dict[str, Any]


class Process:
    """A gateway as an operator starts it."""

    def __init__(self, program: programs.Running, url: str, http: aiohttp.ClientSession) -> None:
        self.child = program.process
        self._program = program
        self._url = url
        self._http = http

    async def post(self, body: Any) -> tuple[int, Json]:
        """Return status and body of any JSON sent."""
        async with self._http.post(f"{self._url}/graphql", json=body) as answer:
            return answer.status, await answer.json()

    async def figure(self, name: str) -> float:
        """A figure of its metrics; 0 while it is not counted yet."""
        async with self._http.get(f"{self._url}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    async def is_ready(self) -> bool:
        """Whether it serves."""
        if self.child.returncode is not None:
            status, _, errors = await self._program.ended()
            raise RuntimeError(f"The gateway ended with {status}: {errors}")
        try:
            async with self._http.get(f"{self._url}/health/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    def planners(self) -> list[int]:
        """The process ids of its planners."""
        return _planners(self.child.pid)

    def kill_planner(self) -> None:
        """Kill the planner as an operating system short of memory would."""
        for pid in self.planners():
            os.kill(pid, signal.SIGKILL)


def _planners(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in children if "plan.mjs" in Path(f"/proc/{pid}/cmdline").read_text()]


@asynccontextmanager
async def own_process(graph: Any, module: str = "gateway", **environment: str) -> AsyncIterator[Process]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    told = {"ROUNDEL_SUBGRAPHS": json.dumps(graph.settings.subgraphs)}
    if graph.settings.trusted is not None:
        told["ROUNDEL_TRUSTED"] = str(graph.settings.trusted)
    program = await programs.start(
        *(module, "serve", "--open", "--supergraph", str(graph.supergraph), "--port", port),
        environment={**os.environ, **told, **environment},
    )
    try:
        process = Process(program, f"http://127.0.0.1:{port}", graph.http)
        await eventually(process.is_ready, timeout=30)
        yield process
    finally:
        if program.process.returncode is None:
            program.process.terminate()
        await program.process.wait()
