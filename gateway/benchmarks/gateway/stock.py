"""One of our services as one usually serves it: its schema in Strawberry's router, in FastAPI.

`python -m benchmarks.gateway.stock SERVICE`: types, loaders, statements and token checks are the real ones.
"""

import importlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import strawberry.fastapi
import uvicorn
from fastapi import FastAPI, Request

from chassis.access import TokenVerifier
from chassis.database import Database
from chassis.rpc.client import Peers
from chassis.secrets.columns import opened
from chassis.service import Runtime, Service


class Context(strawberry.fastapi.BaseContext):
    """The service's own context, in the wrapping that Strawberry's router wants."""

    def __init__(self, own: Any) -> None:
        super().__init__()
        self._own = own

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)


def application(service: Service, runtime: Runtime) -> FastAPI:
    """Return the application that answers `POST /graphql`."""

    async def context(request: Request) -> Context:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return Context(service.context(runtime, await runtime.verifier.verify(token)))

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        await opened(runtime.database, runtime.settings.master_keys, service.metadata)
        yield

    app = FastAPI(lifespan=running)
    app.include_router(
        strawberry.fastapi.GraphQLRouter(service.schema(), context_getter=context), prefix="/graphql"
    )
    return app


def main() -> None:
    """Serve the service named on the command line at its HTTP port."""
    service: Service = importlib.import_module(f"{sys.argv[1]}.__main__").make()
    settings = service.settings()
    runtime = Runtime(
        settings=settings,
        database=Database(settings.database_url.get_secret_value(), pool_size=settings.database_pool),
        verifier=TokenVerifier(issuer=settings.issuer, jwks_url=settings.jwks_url),
        peers=Peers(settings.peers),
    )
    uvicorn.run(
        application(service, runtime),
        host=settings.host,
        port=settings.http_port,
        log_level="warning",
        timeout_keep_alive=75,  # the default closes connections that the gateway is about to reuse
    )


if __name__ == "__main__":
    main()
