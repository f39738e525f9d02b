"""The company's own OpenID Connect issuer: its tokens are exchanged for ours, its groups give roles."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import orjson
import pytest
from aiohttp import web
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey
from oidc_provider_mock import User, run_server_in_thread
from pydantic import ValidationError

from chassis import testing
from chassis.database import Database
from chassis.service import Runtime
from chassis.testing import Graph
from identity.routes import routes
from identity.start import prepare
from roundel.identity.v1 import identity_events_pb2 as events

from .conftest import Clock, do, settings, told
from .test_sessions import claims_of

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
BACK = "http://127.0.0.1/back"
PEOPLE: dict[str, dict[str, Any]] = {
    "ann": {"email": "Ann@Example.org", "name": "王安", "groups": ["vertrieb", "kantine"]},
    "bob": {"email": "bob@example.org", "email_verified": False},
    "eve": {"email": "eve", "groups": ["vertrieb"]},
}
MAPPED: dict[str, Any] = {"oidc_roles": {"vertrieb": "salesperson", "kundendienst": "agent"}}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A provider of OpenID Connect that knows some people."""
    users = [User(sub=name, claims=claims) for name, claims in PEOPLE.items()]
    with run_server_in_thread(user_claims=users) as server:
        yield f"http://localhost:{server.server_port}"


async def id_token(provider: str, sub: str, client: str = "roundel") -> str:
    """Sign in there as a browser and its application do, and return the id token."""
    asked = {"client_id": client, "redirect_uri": BACK, "response_type": "code", "state": "s"}
    asked["scope"] = "openid profile email"
    async with aiohttp.ClientSession() as http:
        authorize = f"{provider}/oauth2/authorize"
        async with http.post(authorize, params=asked, data={"sub": sub}, allow_redirects=False) as answer:
            [code] = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
        proof = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
        secret = aiohttp.BasicAuth(client, "secret")
        async with http.post(f"{provider}/oauth2/token", data=proof, auth=secret) as answer:
            return str((await answer.json())["id_token"])


@dataclass(frozen=True)
class Endpoint:
    """The service's routes, asked in process."""

    app: FastAPI
    runtime: Runtime

    async def token(self, **given: str) -> tuple[int, dict[str, Any]]:
        sent: list[Mapping[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": orjson.dumps(given)}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": "/token", "headers": headers, "query_string": b""}
        await self.app(scope, receive, send)
        return sent[0]["status"], orjson.loads(b"".join(message.get("body", b"") for message in sent))

    async def exchanged(self, token: str) -> tuple[int, dict[str, Any]]:
        return await self.token(grant_type=EXCHANGE, subject_token=token)


async def endpoint(database: Database, clock: Clock, issuer: str, **given: Any) -> Endpoint:
    chosen = settings(oidc_issuer=issuer, oidc_audience="roundel", **given)
    plain = testing.runtime(database, given=chosen)
    runtime = Runtime(plain.settings, database, plain.verifier, plain.peers, clock)
    await prepare(runtime)
    app = FastAPI()
    routes(app, runtime)
    return Endpoint(app, runtime)


async def test_whoever_signed_in_there_gets_a_token_here_with_the_roles_of_the_groups(
    database: Database, clock: Clock, provider: str, graph: Graph
) -> None:
    here = await endpoint(database, clock, provider, **MAPPED)
    hired = {"email": "ann@example.org", "name": "Ann", "roles": ["agent", "accountant"]}
    ann = (await do(graph, "registerEmployee", "employee { id }", **hired))["employee"]["id"]

    status, answer = await here.exchanged(await id_token(provider, "ann"))

    assert (status, answer["token_type"]) == (200, "Bearer")
    assert answer["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    claims = await claims_of(here.runtime, answer["access_token"])
    assert (claims["sub"], claims["kind"]) == (ann, "employee")
    assert claims["roles"] == ["accountant", "salesperson"]  # no group gives or takes the accountant
    assert "lead:create" in claims["grants"]
    [changed] = await told(database, events.RolesChanged)
    assert (changed.employee_id, list(changed.roles)) == (ann, ["accountant", "salesperson"])

    await here.exchanged(await id_token(provider, "ann"))
    assert len(await told(database, events.RolesChanged)) == 1


async def test_a_stranger_is_registered_only_where_that_is_wanted(
    database: Database, clock: Clock, provider: str
) -> None:
    token = await id_token(provider, "ann")
    closed = await endpoint(database, clock, provider)
    status, answer = await closed.exchanged(token)
    assert (status, answer["error"]) == (400, "invalid_grant")
    assert "not registered" in answer["error_description"]

    status, answer = await (
        await endpoint(database, clock, provider, **MAPPED, oidc_registers=True)
    ).exchanged(token)

    assert status == 200
    ann = (await told(database, events.EmployeeRegistered))[-1]
    assert (ann.email, ann.name, list(ann.roles)) == ("ann@example.org", "王安", ["salesperson"])


async def test_whoever_left_or_has_no_address_gets_nothing(
    database: Database, clock: Clock, provider: str, graph: Graph
) -> None:
    here = await endpoint(database, clock, provider, oidc_registers=True)
    hired = {"email": "ann@example.org", "name": "Ann"}
    ann = (await do(graph, "registerEmployee", "employee { id }", **hired))["employee"]["id"]
    await do(graph, "deactivateEmployee", "employee { id }", id=ann)

    for person, error in (("ann", "invalid_grant"), ("bob", "invalid_grant"), ("eve", "invalid_request")):
        status, answer = await here.exchanged(await id_token(provider, person))
        assert (status, answer["error"]) == (400, error), person


async def test_a_token_for_another_application_or_of_another_issuer_is_refused(
    database: Database, clock: Clock, provider: str
) -> None:
    here = await endpoint(database, clock, provider, oidc_registers=True)
    anothers = await id_token(provider, "ann", client="canteen")
    header, claims, signature = (await id_token(provider, "ann")).split(".")
    signed = f"{header}.{claims}.{'A' * len(signature)}"

    for token in (anothers, signed, "no token", ""):
        assert (await here.exchanged(token))[1]["error"] == "invalid_grant"
    status, answer = await here.token(
        grant_type=EXCHANGE,
        subject_token=anothers,
        subject_token_type="urn:ietf:params:oauth:token-type:saml2",
    )
    assert (status, answer["error"]) == (400, "invalid_request")


async def test_an_issuer_that_is_away_is_no_refusal(database: Database, clock: Clock) -> None:
    here = await endpoint(database, clock, "http://127.0.0.1:9")
    status, answer = await here.exchanged("a.b.c")
    assert (status, answer["error"]) == (503, "temporarily_unavailable")


async def test_without_an_issuer_nothing_is_exchanged(database: Database, clock: Clock) -> None:
    here = await endpoint(database, clock, "")
    assert (await here.exchanged("a.b.c"))[1]["error"] == "unsupported_grant_type"


class Elliptic:
    """An issuer that signs by ES256, and whose key a test may change."""

    def __init__(self) -> None:
        self.key = ECKey.generate_key("P-256", auto_kid=True)
        self.url = ""

    def token(self, **claims: Any) -> str:
        usual = {"iss": self.url, "aud": "roundel", "sub": "1", "exp": int(time.time()) + 60}
        claims = {"email": "ann@example.org", **claims}
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, {**usual, **claims}, self.key)

    async def configuration(self, _: web.Request) -> web.Response:
        return web.json_response({"issuer": self.url, "jwks_uri": f"{self.url}/keys"})

    async def keys(self, _: web.Request) -> web.Response:
        return web.json_response({"keys": [self.key.as_dict(private=False)]})


@pytest.fixture
async def elliptic() -> AsyncIterator[Elliptic]:
    """An issuer with a key of its own."""
    issuer, app = Elliptic(), web.Application()
    app.router.add_get("/.well-known/openid-configuration", issuer.configuration)
    app.router.add_get("/keys", issuer.keys)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    issuer.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield issuer
    await runner.cleanup()


async def test_signature_issuer_audience_and_end_are_checked(
    database: Database, clock: Clock, elliptic: Elliptic
) -> None:
    here = await endpoint(database, clock, elliptic.url, oidc_registers=True)

    assert (await here.exchanged(elliptic.token()))[0] == 200
    for wrong in (
        {"iss": "http://127.0.0.1:9"},
        {"aud": "canteen"},
        {"exp": int(time.time()) - 60},
        {"sub": None},
    ):
        assert (await here.exchanged(elliptic.token(**wrong)))[1]["error"] == "invalid_grant", wrong
    stolen = Elliptic()
    stolen.url, stolen.key = elliptic.url, ECKey.generate_key("P-256", {"kid": str(elliptic.key.kid)})
    assert (await here.exchanged(stolen.token()))[1]["error"] == "invalid_grant"


async def test_an_issuer_calls_itself_what_it_is_configured_as(
    database: Database, clock: Clock, elliptic: Elliptic
) -> None:
    configured = elliptic.url
    here = await endpoint(database, clock, configured, oidc_registers=True)
    elliptic.url = "http://elsewhere.example"
    assert (await here.exchanged(elliptic.token(iss=configured)))[0] == 503


@pytest.mark.parametrize(
    "given",
    [
        {"oidc_issuer": "https://login.example.org"},
        {"oidc_issuer": "http://login.example.org", "oidc_audience": "roundel", "environment": "production"},
    ],
)
def test_a_configuration_that_admits_anybody_stops_the_start(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="ROUNDEL_OIDC_"):
        settings(**given)
