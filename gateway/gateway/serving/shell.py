"""The gateway's HTTP application."""

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.routing import Route, WebSocketRoute

from chassis import health
from chassis.access import TokenVerifier
from gateway.engine import Engine
from gateway.planning.limits import Limits
from gateway.serving import ide
from gateway.serving.endpoint import GraphQLEndpoint
from gateway.serving.websocket import WebSocketEndpoint
from gateway.settings import Settings
from gateway.subscriptions.hub import Hub
from gateway.subscriptions.quota import Quota

log = logging.getLogger(__name__)

CUSTOMER_360 = Path(__file__).parents[3] / "docs" / "graphql" / "customer360.graphql"


class NotConfigured(Exception):
    """The environment lacks what the gateway needs to tell callers apart."""


def application(supergraph: Path, settings: Settings, *, open_to_all: bool = False) -> FastAPI:
    """Build the application that serves a supergraph."""
    local = settings.environment == "local"
    engine = Engine(supergraph, limits=Limits(), seconds=settings.subgraph_seconds, secretive=not local)
    verifier = None if open_to_all else _verifier(settings)
    hub = Hub(
        engine,
        verifier,
        nats_url=settings.nats_url,
        seconds=settings.request_seconds,
        per_caller=settings.subscriptions_per_caller,
    )

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        if open_to_all:
            log.warning(
                "OPEN: everybody may call everything, no token is asked for. Never serve real data so."
            )
        await engine.start(settings.subgraphs)
        gc.collect()
        gc.freeze()  # the schema lives as long as the process; collecting over it is what makes requests late
        hub.start()
        yield
        await hub.stop()
        await engine.stop()

    async def planning() -> None:
        if not engine.planner.running:
            raise RuntimeError("the planner is being started")

    app = FastAPI(title="Roundel", openapi_url=None, lifespan=running)
    app.state.hub = hub
    endpoint = GraphQLEndpoint(
        engine, verifier, hub, introspection=local or open_to_all, seconds=settings.request_seconds
    )
    app.router.routes.append(Route("/graphql", endpoint, methods=None))
    quota = Quota(settings.connections_per_caller, "connections")
    sockets = WebSocketEndpoint(endpoint, quota, settings.cors_origins)
    app.router.routes.append(WebSocketRoute("/graphql", sockets))
    app.include_router(health.router({"planner": planning}))
    if local:
        app.include_router(ide.router(CUSTOMER_360))
    return app


def _verifier(settings: Settings) -> TokenVerifier:
    if not settings.issuer or not settings.jwks_url:
        raise NotConfigured(
            "Set ROUNDEL_ISSUER and ROUNDEL_JWKS_URL, so that tokens can be checked; --open runs without."
        )
    return TokenVerifier(issuer=settings.issuer, jwks_url=settings.jwks_url)
