"""`POST /token`: what somebody or something proves itself with, exchanged for a token of ours."""

import base64
import binascii
from collections.abc import Callable, Coroutine, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from chassis.access import Principal, acting_as
from chassis.audit.context import coming_from
from chassis.edges.addresses import address_of
from chassis.errors import DomainError, Invalid, LimitExceeded, Unauthenticated, Unavailable
from chassis.service import Runtime
from identity.api_keys.commands import exchange
from identity.external.commands import admit
from identity.external.tokens import ExternalIssuer
from identity.roles.queries import grants_of
from identity.service_accounts.queries import authenticated
from identity.sessions.commands import Issued, note_failure, open_session
from identity.sessions.models import How
from identity.sessions.queries import refuse_after_many_failures_from
from identity.sessions.signing_in import employee_subject, whence
from identity.settings import IdentitySettings
from identity.signing_keys.tokens import Subject, mint_of

CLIENT_CREDENTIALS = "client_credentials"  # RFC 6749, section 4.4
API_KEY = "urn:roundel:api-key"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # RFC 8693
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
TAKEN = ("urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:jwt", ACCESS_TOKEN)

HOW = {CLIENT_CREDENTIALS: How.CLIENT_SECRET, API_KEY: How.API_KEY, TOKEN_EXCHANGE: How.EXTERNAL_ISSUER}

ITSELF = Principal(kind="service", name="identity", grants=frozenset({"*:*"}))

Given = Mapping[str, str]
Grant = Callable[[Given], Coroutine[None, None, Issued]]


def grant_types(runtime: Runtime) -> dict[str, Grant]:
    """Return the ways to a token by their names."""
    settings = runtime.settings
    assert isinstance(settings, IdentitySettings)
    grants = _Grants(runtime, settings)
    always: dict[str, Grant] = {CLIENT_CREDENTIALS: grants.client_credentials, API_KEY: grants.api_key}
    return {**always, TOKEN_EXCHANGE: grants.token_exchange} if settings.oidc_issuer else always


def add(app: FastAPI, runtime: Runtime, grants: Mapping[str, Grant]) -> None:
    """Add the route."""

    @app.post("/token")
    async def token(request: Request) -> JSONResponse:
        try:
            given = await _parameters(request)
        except (ValueError, binascii.Error):
            return _refused("invalid_request", "Send a form or a JSON object")
        grant = given.get("grant_type", "")
        if grant not in grants:
            return _refused("unsupported_grant_type", f"grant_type must be one of {', '.join(grants)}")
        try:
            with acting_as(ITSELF), coming_from(address_of(request.scope)):
                issued = await _paced(runtime, HOW[grant], grants[grant](given))
        except LimitExceeded as error:
            return _refused("slow_down", error.message, 429, wait=error.facts["retryAfterSeconds"])
        except Invalid as error:
            return _refused("invalid_request", error.message)
        except Unavailable as error:
            return _refused("temporarily_unavailable", error.message, 503)
        except DomainError as error:
            client = grant == CLIENT_CREDENTIALS
            return _refused(
                "invalid_client" if client else "invalid_grant", error.message, 401 if client else 400
            )
        seconds = int((issued.expires_at - runtime.clock()).total_seconds())
        answer = {"access_token": issued.token, "token_type": "Bearer", "expires_in": seconds}
        if grant == TOKEN_EXCHANGE:
            answer["issued_token_type"] = ACCESS_TOKEN
        return JSONResponse(answer, headers={"cache-control": "no-store"})


async def _paced(runtime: Runtime, how: How, asked: Coroutine[None, None, Issued]) -> Issued:
    """Return what is asked, unless too many proofs of this kind that came from there did not hold."""
    source, at = whence(), runtime.clock()
    with closing(asked):
        async with runtime.database.transaction() as session:
            await refuse_after_many_failures_from(session, source, how, at=at)
        try:
            return await asked
        except Unauthenticated:
            async with runtime.database.transaction() as session:
                await note_failure(session, how, source=source, at=at)
            raise


class _Grants:
    """Each takes the request's parameters and returns a token, or raises what is wrong with them."""

    def __init__(self, runtime: Runtime, settings: IdentitySettings) -> None:
        self._runtime = runtime
        self._settings = settings
        self._mint = mint_of(settings)
        self._external = ExternalIssuer(settings.oidc_issuer, settings.oidc_audience, settings.tls)

    async def client_credentials(self, given: Given) -> Issued:
        async with self._runtime.database.transaction() as session:
            id, secret = given.get("client_id", ""), given.get("client_secret", "")
            account = await authenticated(session, id, secret)
            grants = await grants_of(session, account.roles)
            subject = Subject("service", account.id, account.name, account.roles, grants)
            at = self._runtime.clock()
            return await open_session(session, self._mint, subject, how=How.CLIENT_SECRET, at=at)

    async def api_key(self, given: Given) -> Issued:
        async with self._runtime.database.transaction() as session:
            return await exchange(session, self._mint, given.get("api_key", ""), at=self._runtime.clock())

    async def token_exchange(self, given: Given) -> Issued:
        if given.get("subject_token_type", TAKEN[0]) not in TAKEN:
            raise Invalid(f"subject_token_type must be one of {', '.join(TAKEN)}")
        if not given.get("subject_token"):
            raise Unauthenticated("subject_token is missing")
        claims = await self._external.claims(given["subject_token"])
        async with self._runtime.database.transaction() as session:
            employee = await admit(session, claims, self._settings)
            subject = await employee_subject(session, employee)
            at = self._runtime.clock()
            return await open_session(session, self._mint, subject, how=How.EXTERNAL_ISSUER, at=at)


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


def _refused(error: str, description: str, status: int = 400, *, wait: object = None) -> JSONResponse:
    headers = {"cache-control": "no-store"} | ({"retry-after": str(wait)} if wait else {})
    told: dict[str, Any] = {"error": error, "error_description": description}
    return JSONResponse(told, status_code=status, headers=headers)
