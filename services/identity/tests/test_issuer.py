"""The issuer as others meet it: a process with keys, tokens for programs, and its own tokens verified."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from chassis.access import TokenVerifier
from chassis.errors import Unauthenticated
from chassis.testing import eventually
from deploy.local.nats import Nats
from deploy.local.ports import free_ports
from deploy.local.postgres import Postgres
from identity.roles.catalogue import ROLES
from identity.roles.queries import flat
from tests import programs

EMAIL, PASSWORD, SECRET = "root@example.org", "correct horse battery", "a secret of some length"
PROXY, STRANGER = "127.0.0.3", "127.0.0.4"  # peers of the process
SIGN_IN = f'mutation {{ signIn(input: {{email: "{EMAIL}", password: "{PASSWORD}"}}) {{ token }} }}'


@dataclass(frozen=True)
class Identity:
    """A running process, asked over HTTP."""

    url: str
    environment: dict[str, str]

    async def ask(self, query: str, token: str = "", **variables: object) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        _, answer = await self.post(
            "/graphql", json={"query": query, "variables": variables}, headers=headers
        )
        return answer

    async def post(self, path: str, **given: Any) -> tuple[int, dict[str, Any]]:
        async with aiohttp.ClientSession() as http, http.post(self.url + path, **given) as answer:
            return answer.status, await answer.json()

    async def from_peer(self, peer: str, path: str, forwarded: Iterable[str], **given: Any) -> list[int]:
        """Post once for each forwarded address, and return the statuses."""
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=(peer, 0))) as http:
            statuses = []
            for address in forwarded:
                headers = {"x-forwarded-for": address}
                async with http.post(self.url + path, headers=headers, **given) as answer:
                    statuses.append(answer.status)
                    assert answer.status != 429 or 0 < int(answer.headers["retry-after"]) <= 900
            return statuses

    async def get(self, path: str) -> aiohttp.ClientResponse:
        async with aiohttp.ClientSession() as http, http.get(self.url + path) as answer:
            await answer.read()
            return answer

    async def signed_in(self) -> str:
        return str((await self.ask(SIGN_IN))["data"]["signIn"]["token"])

    def verifier(self) -> TokenVerifier:
        return TokenVerifier(issuer=self.url, jwks_url=f"{self.url}/jwks.json")

    async def ready(self) -> bool:
        try:
            return (await self.get("/health/ready")).status == 200
        except aiohttp.ClientError:
            return False


@pytest.fixture(scope="module")
async def service(postgres: Postgres, nats: Nats) -> AsyncIterator[Identity]:
    """`python -m identity all`, ready."""
    http, grpc = free_ports(2)
    url = f"http://127.0.0.1:{http}"
    environment = {
        **os.environ,
        "ROUNDEL_ENVIRONMENT": "production",
        "ROUNDEL_HTTP_PORT": str(http),
        "ROUNDEL_GRPC_PORT": str(grpc),
        "ROUNDEL_DATABASE_URL": await postgres.create_database(f"test_issuer_{os.getpid()}"),
        "ROUNDEL_NATS_URL": nats.url("identity"),
        "ROUNDEL_NATS_MONITOR_URL": nats.monitor_url,
        "ROUNDEL_ISSUER": url,
        "ROUNDEL_JWKS_URL": f"{url}/jwks.json",
        "ROUNDEL_ADMIN_EMAIL": EMAIL,
        "ROUNDEL_ADMIN_PASSWORD": PASSWORD,
        "ROUNDEL_KEY_ENCRYPTION_SECRET": SECRET,
        "ROUNDEL_TRUSTED_PROXIES": json.dumps([PROXY]),
    }
    started = Identity(url, environment)
    program = await programs.start("identity", "all", environment=environment)
    try:
        await eventually(started.ready, timeout=30)
        yield started
        program.process.terminate()
        assert await asyncio.wait_for(program.process.wait(), 10) == 0
    finally:
        await program.kill()


async def account(service: Identity, name: str, *roles: str) -> tuple[str, str]:
    made = await service.ask(
        """mutation($name: String!, $roles: [String!]!) { createServiceAccount(input: {name: $name,
        roles: $roles}) { secret serviceAccount { id } } }""",
        await service.signed_in(),
        name=name,
        roles=roles,
    )
    created = made["data"]["createServiceAccount"]
    return created["serviceAccount"]["id"], created["secret"]


async def test_identity_believes_its_own_tokens(service: Identity) -> None:
    answer = await service.ask("{ me { email roles } }", await service.signed_in())

    assert answer == {"data": {"me": {"email": EMAIL, "roles": ["administrator"]}}}


async def test_the_published_keys_hold_nothing_private_and_may_be_cached(service: Identity) -> None:
    answer = await service.get("/jwks.json")

    assert answer.headers["cache-control"] == "public, max-age=60"
    for key in (await answer.json())["keys"]:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


async def test_the_configuration_names_the_keys_and_the_token_endpoint(service: Identity) -> None:
    found = await (await service.get("/.well-known/openid-configuration")).json()

    assert (found["issuer"], found["jwks_uri"]) == (service.url, f"{service.url}/jwks.json")
    assert found["token_endpoint"] == f"{service.url}/token"


async def test_a_program_exchanges_its_secret_for_a_token_until_it_is_revoked(service: Identity) -> None:
    id, secret = await account(service, "web site", "integration")
    asked = {"grant_type": "client_credentials", "client_id": id, "client_secret": secret}
    basic = {"authorization": "Basic " + base64.b64encode(f"{id}:{secret}".encode()).decode()}
    verifier = service.verifier()

    for given in (
        {"json": asked},
        {"data": asked},
        {"data": {"grant_type": "client_credentials"}, "headers": basic},
    ):
        status, answer = await service.post("/token", **given)
        assert (status, answer["token_type"]) == (200, "Bearer")
        assert 3590 < answer["expires_in"] <= 3600
        principal = await verifier.verify(answer["access_token"])
        assert (principal.kind, str(principal.id), principal.name) == ("service", id, "web site")
        assert principal.grants == flat(ROLES["integration"].definition)

    revoke = "mutation($id: ID!) { revokeServiceAccount(input: {id: $id}) { serviceAccount { revokedAt } } }"
    assert "errors" not in await service.ask(revoke, await service.signed_in(), id=id)
    status, answer = await service.post("/token", json=asked)
    assert (status, answer["error"]) == (401, "invalid_client")


async def test_a_key_is_exchanged_for_a_token_until_it_is_revoked(service: Identity) -> None:
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    made = await service.ask(
        """mutation($until: DateTime!) { createApiKey(input: {name: "site", roles: ["integration"],
        scopes: ["lead:*"], expiresAt: $until}) { key apiKey { id } } }""",
        await service.signed_in(),
        until=until,
    )
    key, id = made["data"]["createApiKey"]["key"], made["data"]["createApiKey"]["apiKey"]["id"]
    asked = {"grant_type": "urn:roundel:api-key", "api_key": key}

    for given in ({"json": asked}, {"data": asked}):
        status, answer = await service.post("/token", **given)
        assert (status, answer["token_type"]) == (200, "Bearer")
        assert 290 < answer["expires_in"] <= 300
        principal = await service.verifier().verify(answer["access_token"])
        assert (principal.kind, str(principal.id), principal.roles) == (
            "service",
            id,
            frozenset({"integration"}),
        )
        assert principal.may("lead", "import")
        assert not principal.may("customer", "read")

    revoke = "mutation($id: ID!) { revokeApiKey(input: {id: $id}) { apiKey { revokedAt } } }"
    assert "errors" not in await service.ask(revoke, await service.signed_in(), id=id)
    status, answer = await service.post("/token", json=asked)
    assert (status, answer["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("given", "status", "error"),
    [
        ({"json": {"grant_type": "password"}}, 400, "unsupported_grant_type"),
        ({"data": "{", "headers": {"content-type": "application/json"}}, 400, "invalid_request"),
        ({"json": [1]}, 400, "invalid_request"),
        ({"data": b"\xff"}, 400, "invalid_request"),
        ({"json": {"grant_type": "client_credentials", "client_id": "me"}}, 401, "invalid_client"),
        ({"json": {"grant_type": "client_credentials"}}, 401, "invalid_client"),
        ({"json": {"grant_type": "urn:roundel:api-key"}}, 400, "invalid_grant"),
        ({"json": {"grant_type": "urn:roundel:api-key", "api_key": "rk_guessed"}}, 400, "invalid_grant"),
    ],
)
async def test_a_token_request_that_is_wrong_is_refused(
    service: Identity, given: dict[str, Any], status: int, error: str
) -> None:
    answered, answer = await service.post("/token", **given)
    assert (answered, answer["error"]) == (status, error)


async def test_a_token_of_a_stranger_is_refused(service: Identity) -> None:
    header, claims, _ = (await service.signed_in()).split(".")
    forged = f"{header}.{claims}.{'A' * 86}"

    answer = await service.ask("{ me { name } }", forged)

    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    with pytest.raises(Unauthenticated):
        await service.verifier().verify(forged)


@pytest.mark.feature("F108")
async def test_guesses_of_keys_are_counted_by_the_address_that_a_believed_proxy_names(
    service: Identity,
) -> None:
    guess = {"data": {"grant_type": "urn:roundel:api-key", "api_key": "rk_guess"}}
    spoofed = (f"203.0.113.{n}" for n in range(51))

    # a header of a peer that is no proxy says nothing, however it changes
    assert (await service.from_peer(STRANGER, "/token", spoofed, **guess))[-2:] == [400, 429]
    # nor does what a caller of the proxy wrote in front of what the proxy adds
    many = (f"203.0.113.{n}, 198.51.100.7" for n in range(51))
    assert (await service.from_peer(PROXY, "/token", many, **guess))[-2:] == [400, 429]
    assert await service.from_peer(PROXY, "/token", ["198.51.100.8"], **guess) == [400]
    # keys that do not hold keep nobody from signing in with a password
    assert await service.from_peer(PROXY, "/graphql", ["198.51.100.7"], json={"query": SIGN_IN}) == [200]

    asked = '{ identityAudit(filter: {object: "session"}, first: 1) { nodes { operation address } } }'
    signed_in = await service.signed_in()
    mine = await service.ask(asked, signed_in)
    assert mine["data"]["identityAudit"]["nodes"] == [{"operation": "signIn", "address": "127.0.0.1"}]
    before = asked.replace("first: 1", "first: 2")
    found = (await service.ask(before, signed_in))["data"]["identityAudit"]["nodes"][1]
    assert found == {"operation": "signIn", "address": "198.51.100.7"}
