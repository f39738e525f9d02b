"""Who is measured, and how each is started in front of the same services."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import orjson

from benchmarks.gateway.node import NodeMissing, installed
from benchmarks.gateway.stack import Stack
from deploy.local.ports import free_port, free_ports
from deploy.local.program import Program
from deploy.local.suite import ROOT, SERVICES
from deploy.local.supervisor import Supervisor

OURS, CALLERS, FLOOR, USUAL = "ours", "callers", "floor", "usual"
PEERS = ("hive", "hive-router", "apollo")
NAMES = (OURS, CALLERS, *PEERS, FLOOR, USUAL)
TITLES = {
    OURS: "this gateway",
    CALLERS: "this gateway, 16 callers",
    "hive": "Hive Gateway, its own planner",
    "hive-router": "Hive Gateway, Hive Router's planner",
    "apollo": "Apollo Gateway",
    FLOOR: "by hand, straight from the databases",
    USUAL: "the usual stack",
}
APOLLO = ("apollo.mjs",)
HIVE = ("node_modules/@graphql-hive/gateway/dist/bin.js", "supergraph", "--config-path", "hive.config.mjs")


class Impossible(Exception):
    """A contestant cannot be started here; the message tells why."""


@dataclass(frozen=True)
class Contestant:
    """A running server, and the process whose tree it is."""

    name: str
    url: str
    pid: Callable[[], int]
    callers: int = 1


class Contestants:
    """Starts contestants in front of a stack, and ends them."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder
        self._supervisor = Supervisor(folder)

    async def start(self, name: str) -> Contestant:
        """Start one; raises Impossible."""
        if name in (OURS, CALLERS):  # as `make up` starts it
            suite, callers = self._stack.suite, len(self._stack.tokens) if name == CALLERS else 1
            return Contestant(name, suite.graph, lambda: suite.pid("gateway"), callers)
        if name == FLOOR:
            return await self._floor()
        services = {service: f"{url}/graphql" for service, url in self._stack.suite.service_urls().items()}
        return await self._peer(name, name, services)

    async def start_usual(self, peer: str) -> Contestant:
        """Start a peer in front of the services as one usually serves them."""
        ports = dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True))
        await self._supervisor.start(*(self._stock(service, port) for service, port in ports.items()))
        urls = {service: f"http://127.0.0.1:{port}/graphql" for service, port in ports.items()}
        return await self._peer(USUAL, peer, urls)

    async def stop(self) -> None:
        """End all that was started here."""
        await self._supervisor.stop()

    async def _floor(self) -> Contestant:
        port = free_port()
        suite = self._stack.suite
        urls = {name: suite.database_url(name).replace("+asyncpg", "") for name in SERVICES}
        environment = {
            **self._stack.environment("customer"),
            "FLOOR_DATABASES": orjson.dumps(urls).decode(),
        }
        words = (sys.executable, "-m", "benchmarks.gateway.floor", str(port))
        url = f"http://127.0.0.1:{port}/"
        await self._supervisor.start(self._program(FLOOR, words, environment, url, ROOT))
        return Contestant(FLOOR, url, lambda: self._supervisor.pid(FLOOR))

    async def _peer(self, name: str, peer: str, services: Mapping[str, str]) -> Contestant:
        try:
            node, home = installed(self._folder / "peers")
        except NodeMissing as error:
            raise Impossible(f"{error}: {TITLES[name]} is left out") from error
        port = free_port()
        supergraph = self._stack.supergraph(self._folder / f"{name}.graphql", services)
        environment = {"NODE_ENV": "production"}
        if peer == "hive-router":
            environment["HIVE_ROUTER_RUNTIME"] = "true"
        words: tuple[str, ...] = (*APOLLO, str(supergraph), str(port))
        if peer != "apollo":
            words = (*HIVE, str(supergraph), "--host", "127.0.0.1", "--port", str(port))
        url = f"http://127.0.0.1:{port}/{'' if peer == 'apollo' else 'graphql'}"
        await self._supervisor.start(self._program(name, (node, *words), environment, url, home))
        return Contestant(name, url, lambda: self._supervisor.pid(name))

    def _stock(self, service: str, port: int) -> Program:
        environment = {
            **self._stack.environment(service),
            "ROUNDEL_HTTP_PORT": str(port),
            "ROUNDEL_ENVIRONMENT": "local",
            "ROUNDEL_NATS_URL": "",  # it only answers: no events, no worker
            "ROUNDEL_NATS_MONITOR_URL": "",
        }
        words = (sys.executable, "-m", "benchmarks.gateway.stock", service)
        url = f"http://127.0.0.1:{port}/graphql"
        return self._program(f"stock-{service}", words, environment, url, ROOT)

    def _program(
        self, name: str, words: tuple[str, ...], environment: Mapping[str, str], url: str, folder: Path
    ) -> Program:
        async def ready() -> bool:
            return await _greets(url, self._stack)

        path = os.pathsep.join((str(ROOT), str(ROOT / "gateway"), os.environ.get("PYTHONPATH", "")))
        return Program(
            name, words, ready=ready, environment={"PYTHONPATH": path, **environment}, folder=folder
        )


async def _greets(url: str, stack: Stack) -> bool:
    """Whether a first request is answered."""
    body = {"query": "{ __typename }", "variables": {"id": stack.customers[0]}}
    headers = {"authorization": f"Bearer {stack.token}"}
    try:
        limit = aiohttp.ClientTimeout(total=5)
        async with (
            aiohttp.ClientSession(timeout=limit, headers=headers) as http,
            http.post(url, json=body) as answer,
        ):
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
