"""How any service runs: what it is made of, and its processes from start to graceful stop."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import ModuleType

import uvicorn
from fastapi import FastAPI
from nats.aio.client import Client
from sqlalchemy import MetaData
from starlette.types import ASGIApp
from strawberry.federation import Schema

from chassis import health, idempotency, memory, migrations, telemetry, tls
from chassis.access import Principal, TokenVerifier, acting_as, replicas
from chassis.access.directory import Directory
from chassis.audit.context import arising_from
from chassis.audit.reading import ReadLog
from chassis.audit.sealing import EVERY_SECONDS, Sealer
from chassis.database import Database, now
from chassis.errors import Unavailable
from chassis.exporting import edge as export_edge
from chassis.exporting.exports import Exportable
from chassis.fields import asking
from chassis.fields.asking import Sources
from chassis.files import edge as file_edge
from chassis.files.sweeping import sweep_files
from chassis.graphql.context import BaseContext
from chassis.graphql.route import GraphQLRoute, before
from chassis.importing import edge as import_edge
from chassis.importing.importable import Importable
from chassis.importing.worker import ImportWorker
from chassis.messaging.connection import connect
from chassis.messaging.relay import Relay
from chassis.messaging.streams import check_durability
from chassis.messaging.subscriber import Handlers, Subscriber
from chassis.rpc.client import Peers
from chassis.rpc.server import Registration, RpcServer
from chassis.secrets.columns import opened
from chassis.settings import ServiceSettings
from chassis.timers.runner import Runner, TimerHandler

DRAIN_SECONDS = 20
IDLE_SECONDS = 75  # longer than callers keep a connection, so that none is reused as it closes

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Runtime:
    """What a running service is given: built once, handed to every part."""

    settings: ServiceSettings
    database: Database
    verifier: TokenVerifier
    peers: Peers
    clock: Callable[[], datetime] = now


@dataclass(frozen=True)
class Periodic:
    """Work that the worker does again and again; every replica does it, so it claims its rows."""

    every_seconds: float
    run: Callable[[Runtime], Awaitable[None]]


async def _forget_keys(runtime: Runtime) -> None:
    before = runtime.clock() - timedelta(days=runtime.settings.idempotency_days)
    async with runtime.database.transaction() as session:
        await idempotency.forget(session, before=before)


FORGET_KEYS = Periodic(3600, _forget_keys)


@dataclass(frozen=True)
class Service:
    """What one service is made of; nothing of it is built or connected before a command needs it."""

    name: str
    package: ModuleType
    metadata: MetaData
    schema: Callable[[], Schema]
    context: Callable[[Runtime, Principal], BaseContext]
    settings: Callable[..., ServiceSettings] = ServiceSettings
    handlers: Handlers = field(default_factory=dict)
    rpc: Callable[[Runtime], Sequence[Registration]] | None = None
    periodic: Sequence[Periodic] = ()
    timers: Mapping[str, TimerHandler] = field(default_factory=dict)  # by kind
    routes: Callable[[FastAPI, Runtime], None] | None = None
    on_start: Callable[[Runtime], Awaitable[None]] | None = None
    sources: Sources | None = None
    importables: tuple[Importable, ...] = ()
    exportables: tuple[Exportable, ...] = ()


def graphql(service: Service, runtime: Runtime) -> GraphQLRoute:
    """Return the service's part of the graph, ready to answer."""
    asking.use(runtime.database, service.sources, runtime.peers)
    return GraphQLRoute(
        service.schema(),
        lambda principal: service.context(runtime, principal),
        runtime.verifier,
        ReadLog(runtime.database),
    )


def edges(service: Service, runtime: Runtime) -> FastAPI:
    """Return what the service serves over HTTP beside its graph."""
    app = FastAPI(title=service.name, openapi_url=None)
    if service.routes:
        service.routes(app, runtime)
    if service.importables:
        import_edge.add_routes(app, runtime.database, runtime.verifier, service.importables)
    export_edge.add_routes(app, runtime.database, service.exportables, runtime.verifier.known)
    file_edge.add_routes(app, runtime.database, runtime.verifier, runtime.settings.files, service.exportables)
    return app


async def run(service: Service, settings: ServiceSettings, *, api: bool, worker: bool) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was begun."""
    telemetry.start(service.name, settings)
    async with AsyncExitStack() as cleanup:
        cleanup.callback(telemetry.shutdown)
        runtime = await _runtime(service, settings, cleanup)
        keys = await opened(runtime.database, settings.master_keys, service.metadata)
        cleanup.callback(asyncio.create_task(keys.follow(runtime.database)).cancel)
        process = _Process(service, runtime)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, process.stopping.set)
        if service.on_start:
            with acting_as(itself(service)), arising_from("command", "start"):
                await service.on_start(runtime)
        await process.run(api=api, worker=worker)


def itself(service: Service) -> Principal:
    """Return the principal as whom a service does what nobody asked for: timers, sweeps, its start."""
    return Principal(kind="service", name=service.name, grants=frozenset({"*:*"}))


async def _runtime(service: Service, settings: ServiceSettings, cleanup: AsyncExitStack) -> Runtime:
    base = Database(settings.database_url.get_secret_value(), pool_size=settings.database_pool)
    cleanup.push_async_callback(base.close)
    peers = Peers(settings.peers, settings.tls)
    cleanup.push_async_callback(peers.close)
    return Runtime(
        settings=settings,
        database=base,
        verifier=TokenVerifier(
            issuer=settings.issuer,
            jwks_url=settings.jwks_url,
            tls=settings.tls,
            directory=Directory(base, untold=not replicas.told(service.handlers)),
        ),
        peers=peers,
    )


class _HttpServer(uvicorn.Server):
    """A server that leaves the signals to its process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Process:
    """One running process of a service: its API, its worker, or both; always its health."""

    def __init__(self, service: Service, runtime: Runtime) -> None:
        self.stopping = asyncio.Event()
        self._service = service
        self._runtime = runtime
        self._nats: Client | None = None
        self._graph: GraphQLRoute | None = None

    async def run(self, *, api: bool, worker: bool) -> None:
        """Start the parts, wait for the signal, stop them in the order that loses nothing."""
        http = self._http(api=api, worker=worker)
        rpc = await self._rpc() if api and self._service.rpc else None
        memory.settle()
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(http.serve())
            working = tasks.create_task(self._work()) if worker else None
            directory = self._runtime.verifier.directory
            following = tasks.create_task(directory.follow()) if directory else None
            await self.stopping.wait()
            log.info("Stopping")
            http.should_exit = True
            if rpc:
                await rpc.stop(DRAIN_SECONDS)
            await serving
            if self._graph:
                await self._graph.close(DRAIN_SECONDS)
            for task in filter(None, (working, following)):
                task.cancel()

    def _http(self, *, api: bool, worker: bool) -> uvicorn.Server:
        settings = self._runtime.settings
        app = edges(self._service, self._runtime) if api else FastAPI(openapi_url=None)
        served: ASGIApp = app
        app.include_router(health.router(self._checks(worker=worker)))
        if api:
            self._graph = graphql(self._service, self._runtime)
            served = before(app, self._graph)
        return _HttpServer(
            uvicorn.Config(
                served,
                host=settings.host,
                port=settings.http_port,
                access_log=False,
                log_config=None,
                lifespan="off",
                server_header=False,
                proxy_headers=bool(settings.trusted_proxies),  # else they are not even read
                forwarded_allow_ips=list(settings.trusted_proxies),
                timeout_graceful_shutdown=DRAIN_SECONDS,
                timeout_keep_alive=IDLE_SECONDS,
                **tls.listening(settings.tls),
            )
        )

    async def _rpc(self) -> RpcServer:
        server = RpcServer(self._runtime.settings, self._runtime.verifier)
        for add, servicer in self._service.rpc(self._runtime) if self._service.rpc else ():
            server.add(add, servicer)
        await server.start()
        return server

    async def _work(self) -> None:
        """Relay, subscribe and keep time until cancelled."""
        service, runtime = self._service, self._runtime
        settings, context = runtime.settings, tls.asking(runtime.settings.tls)
        asking.use(runtime.database, service.sources, runtime.peers)
        self._nats = await connect(settings.nats_url, context)
        await check_durability(settings.nats_monitor_url, context)
        relay = Relay(
            runtime.database, self._nats, service.name, retention_days=settings.outbox_retention_days
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(relay.run())
                if service.handlers:
                    tasks.create_task(
                        Subscriber(runtime.database, self._nats, service.name, service.handlers).run()
                    )
                if service.importables:
                    tasks.create_task(
                        ImportWorker(
                            runtime.database, service.importables, known=runtime.verifier.known
                        ).run()
                    )
                if service.timers:
                    tasks.create_task(self._fire(Runner(runtime.database, service.timers, runtime.clock)))
                for periodic in (
                    FORGET_KEYS,
                    Periodic(3600, sweep_files),
                    Periodic(EVERY_SECONDS, Sealer(runtime.database).run),
                    *service.periodic,
                ):
                    tasks.create_task(self._repeat(periodic))
        finally:
            await self._nats.close()

    async def _fire(self, timers: Runner) -> None:
        with acting_as(itself(self._service)):
            await timers.run()

    async def _repeat(self, periodic: Periodic) -> None:
        with (
            acting_as(itself(self._service)),
            arising_from("timer", periodic.run.__qualname__),
        ):
            while True:
                await asyncio.sleep(periodic.every_seconds)
                try:
                    await periodic.run(self._runtime)
                except Exception:
                    log.exception("%s failed; it runs again", periodic.run.__qualname__)

    def _checks(self, *, worker: bool) -> Mapping[str, health.Check]:
        # nobody is let in before it is known who may do what
        rights = {"rights": known.check} if (known := self._runtime.verifier.directory) else {}
        checks: dict[str, health.Check] = {"serving": self._serving, "database": self._current, **rights}
        return checks | {"nats": self._connected} if worker else checks

    async def _serving(self) -> None:
        if self.stopping.is_set():
            raise Unavailable("This process is stopping")

    async def _current(self) -> None:
        await migrations.check_current(self._runtime.database, self._service.package)

    async def _connected(self) -> None:
        if self._nats is None or not self._nats.is_connected:
            raise Unavailable("NATS is not connected")
