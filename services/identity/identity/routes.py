"""The issuer over HTTP: its public keys, what it is able to do, and tokens."""

from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from chassis.access import ALGORITHM
from chassis.service import Runtime
from identity import token_endpoint
from identity.signing_keys.queries import published_keys


def routes(app: FastAPI, runtime: Runtime) -> None:
    """Add the issuer's routes."""
    issuer = runtime.settings.issuer
    grants = token_endpoint.grant_types(runtime)
    token_endpoint.add(app, runtime, grants)

    @app.get("/jwks.json")
    async def keys() -> JSONResponse:
        found = await published_keys(runtime.database, at=runtime.clock())
        return JSONResponse({"keys": found}, headers={"cache-control": "public, max-age=60"})

    @app.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, Any]:
        return {
            "issuer": issuer,
            "jwks_uri": runtime.settings.jwks_url,
            "token_endpoint": f"{issuer}/token",
            "grant_types_supported": list(grants),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
        }
