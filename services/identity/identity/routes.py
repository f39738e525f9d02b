"""The issuer over HTTP: its public keys, and tokens for service accounts (RFC 6749, section 4.4)."""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from chassis.access import ALGORITHM
from chassis.errors import Unauthenticated
from chassis.service import Runtime
from identity.service_accounts.queries import authenticated
from identity.sessions.commands import Issued, open_session
from identity.signing_keys.queries import published_keys
from identity.signing_keys.tokens import Subject, mint_of

GRANT_TYPE = "client_credentials"


def routes(app: FastAPI, runtime: Runtime) -> None:
    """Add the issuer's routes."""
    issuer = runtime.settings.issuer

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
            "grant_types_supported": [GRANT_TYPE],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
        }

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        try:
            given = await _parameters(request)
        except (ValueError, binascii.Error):
            return _refused("invalid_request", "Send a form or a JSON object")
        if given.get("grant_type") != GRANT_TYPE:
            return _refused("unsupported_grant_type", f"grant_type must be {GRANT_TYPE}")
        try:
            issued = await _issue(runtime, given.get("client_id", ""), given.get("client_secret", ""))
        except Unauthenticated as error:
            return _refused("invalid_client", error.message, 401)
        seconds = int((issued.expires_at - runtime.clock()).total_seconds())
        answer = {"access_token": issued.token, "token_type": "Bearer", "expires_in": seconds}
        return JSONResponse(answer, headers={"cache-control": "no-store"})


async def _issue(runtime: Runtime, client_id: str, client_secret: str) -> Issued:
    async with runtime.database.transaction() as session:
        account = await authenticated(session, client_id, client_secret)
        subject = Subject("service", account.id, account.name, account.roles)
        return await open_session(session, mint_of(runtime.settings), subject, at=runtime.clock())


async def _parameters(request: Request) -> dict[str, str]:
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        sent = orjson.loads(body)
        if not isinstance(sent, dict):
            raise ValueError("not an object")
        given = {str(name): str(value) for name, value in sent.items()}
    else:
        given = dict(parse_qsl(body.decode()))
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        id, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
        given |= {"client_id": unquote(id), "client_secret": unquote(secret)}
    return given


def _refused(error: str, description: str, status: int = 400) -> JSONResponse:
    headers = {"cache-control": "no-store"}
    return JSONResponse(
        {"error": error, "error_description": description}, status_code=status, headers=headers
    )
