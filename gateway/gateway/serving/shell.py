"""The gateway's HTTP application."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from fastapi import FastAPI
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp

from chassis import health
from chassis.access import TokenVerifier
from chassis.graphql.route import before
from chassis.tls import asking
from gateway.engine import Engine
from gateway.planning.limits import Limits
from gateway.planning.trusted import Manifest
from gateway.serving import ide
from gateway.serving.api_keys import ApiKeys
from gateway.serving.cors import NoOrigin, with_cors
from gateway.serving.endpoint import GraphQLEndpoint
from gateway.serving.headers import SecurityHeaders
from gateway.serving.passing import Passing, with_files
from gateway.serving.rates import Rates
from gateway.serving.reload import Engines, Files, Settled, freeze
from gateway.serving.websocket import WebSocketEndpoint
from gateway.settings import Settings
from gateway.subscriptions.hub import Hub
from gateway.subscriptions.quota import Quota

log = logging.getLogger(__name__)

CUSTOMER_360 = Path(__file__).parents[3] / "docs" / "graphql" / "customer360.graphql"


class NotConfigured(Exception):
    """The environment lacks what the gateway needs to tell callers apart."""


class Application(NamedTuple):
    """What is served, and what must be closed before serving can stop."""

    asgi: ASGIApp
    hub: Hub


def application(
    supergraph: Path, settings: Settings, *, open_to_all: bool = False, settled: Settled = freeze
) -> Application:
    """Build the application that serves a supergraph."""
    local = settings.environment == "local"
    only_trusted = _only_trusted(settings)
    tls = asking(settings.tls)

    def build(sdl: str, trusted: Manifest | None) -> Engine:
        return Engine(
            sdl,
            trusted,
            only_trusted=only_trusted,
            limits=Limits(cost=settings.cost_budget),
            seconds=settings.subgraph_seconds,
            secretive=not local,
            speculates=settings.speculation,
            tls=tls,
        )

    files = Files(supergraph, settings.trusted)
    drain_seconds = settings.request_seconds + 1
    engines = Engines(
        files,
        build,
        settings.subgraphs,
        drain_seconds=drain_seconds,
        told=lambda engine: hub.serve(engine),
        settled=settled,
    )
    verifier = None if open_to_all else _verifier(settings)
    hub = Hub(
        verifier,
        nats_url=settings.nats_url,
        seconds=settings.request_seconds,
        per_caller=settings.subscriptions_per_caller,
        tls=tls,
    )
    rates = None if open_to_all else Rates(settings.requests_per_second, settings.request_burst)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        if open_to_all:
            log.warning(
                "OPEN: everybody may call everything, no token is asked for. Never serve real data so."
            )
        await engines.start()
        yield
        await passing.close()
        await hub.stop()
        await engines.stop()

    async def planning() -> None:
        if not engines.plans:
            raise RuntimeError("the planner is being started")

    app = FastAPI(title="Roundel", openapi_url=None, lifespan=running)
    endpoint = GraphQLEndpoint(
        engines,
        hub,
        verifier,
        None if open_to_all else ApiKeys.of_issuer(settings.jwks_url, settings.tls),
        rates,
        introspection=local or open_to_all,
        seconds=settings.request_seconds,
    )
    passing = Passing(lambda: {**engines.urls, **settings.subgraphs}, endpoint.caller, tls)
    quota = Quota(settings.connections_per_caller, "connections")
    sockets = WebSocketEndpoint(endpoint, quota, settings.cors_origins)
    app.router.routes.append(WebSocketRoute("/graphql", sockets))
    app.include_router(health.router({"planner": planning}))
    if local:
        app.include_router(ide.router(CUSTOMER_360))
    try:
        served = with_files(before(app, endpoint), passing)
        return Application(SecurityHeaders(with_cors(served, settings.cors_origins)), hub)
    except NoOrigin as error:
        raise NotConfigured(str(error)) from None


def _only_trusted(settings: Settings) -> bool:
    if settings.admit == "trusted" and settings.trusted is None:
        raise NotConfigured("ROUNDEL_ADMIT=trusted needs the manifest's file in ROUNDEL_TRUSTED.")
    return settings.admit == "trusted"


def _verifier(settings: Settings) -> TokenVerifier:
    if not settings.issuer or not settings.jwks_url:
        raise NotConfigured(
            "Set ROUNDEL_ISSUER and ROUNDEL_JWKS_URL, so that tokens can be checked; --open runs without."
        )
    return TokenVerifier(issuer=settings.issuer, jwks_url=settings.jwks_url, tls=settings.tls)
