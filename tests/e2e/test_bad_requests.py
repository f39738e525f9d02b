"""Requests that are no requests, and callers who are not who they say: refused, with nothing written."""

import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import SecretStr
from sqlalchemy import text

from chassis.access import ALGORITHM
from chassis.database import Database
from deploy.local.suite import Suite
from identity.signing_keys.tokens import Cipher
from tests.e2e.caller import Answer, Caller
from tests.e2e.refusals import Books, refused

PROTECTED = "{ customers { totalCount } }"
FORGED = 'mutation { createTeam(input: { name: "Forged" }) { team { id } } }'


@pytest.fixture(scope="module")
async def books(suite: Suite) -> AsyncIterator[Books]:
    async with Books(suite) as books:
        yield books


@pytest.fixture
async def nothing_written(books: Books) -> AsyncIterator[None]:
    before = await books.rows()
    yield
    assert await books.rows() == before


def _nested(levels: int) -> str:
    return "{ customers { nodes { " + "parent { " * levels + "id" + " }" * levels + " } } }"


def _document(query: str, **more: Any) -> bytes:
    return json.dumps({"query": query, **more}).encode()


BODIES: dict[str, tuple[bytes, str, str]] = {
    "ten megabytes": (_document(PROTECTED + " " * 10_000_000), "LIMIT", "1000000 bytes"),
    "too deep": (_document(_nested(12)), "LIMIT", "12 levels"),
    "absurdly deep": (_document(_nested(900)), "LIMIT", "nested too deeply"),
    "too many aliases": (
        _document("{" + " ".join(f"a{n}: customers {{ totalCount }}" for n in range(31)) + "}"),
        "LIMIT",
        "30 aliases",
    ),
    "too many tokens": (_document("{ customers { nodes { " + "id " * 3000 + "} } }"), "LIMIT", "2000 tokens"),
    "too many directives": (
        _document("{ customers " + "@include(if: true) " * 51 + "{ totalCount } }"),
        "LIMIT",
        "50 directives",
    ),
    "broken JSON": (b'{"query": ', "INVALID", "not JSON"),
    "no body": (b"", "INVALID", "not JSON"),
    "bytes that are no text": ('{"query": "é"}'.encode("latin-1"), "INVALID", "not JSON"),
    "half a character": (b'{"query": "{ me { id } }", "variables": {"a": "\\ud800"}}', "INVALID", "not JSON"),
    "a batch": (b"[" + _document(PROTECTED) + b"]", "INVALID", "Batches"),
    "no query": (b'{"variables": {}}', "INVALID", "lacks a query"),
    "a query that is a number": (b'{"query": 7}', "INVALID", "query as a text"),
    "variables that are a list": (_document(PROTECTED, variables=[1]), "INVALID", "variables"),
    "an empty query": (_document(""), "INVALID", "Syntax Error"),
    "a query that ends early": (_document("{ customers {"), "INVALID", "Syntax Error"),
    "an unknown field": (_document("{ customers { nodes { salary } } }"), "INVALID", "'salary'"),
    "an unknown operation": (_document(f"query A {PROTECTED}", operationName="B"), "INVALID", "operation B"),
    "an operation that is a number": (_document(PROTECTED, operationName=7), "INVALID", "operationName"),
    "several operations": (_document(f"query A {PROTECTED} query B {PROTECTED}"), "INVALID", "several"),
    "a subscription": (_document("subscription { customers }"), "INVALID", "Subscription"),
    "a circle of fragments": (
        _document("{ customers { nodes { ...f } } } fragment f on Customer { parent { ...f } }"),
        "INVALID",
        "'f'",
    ),
    "a missing variable": (_document("query($id: ID!) { customer(id: $id) { id } }"), "INVALID", "'$id'"),
    "the services' own fields": (_document("{ _service { sdl } }"), "INVALID", "'_service'"),
}


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("what", BODIES)
async def test_a_request_that_makes_no_sense_is_refused(administrator: Caller, what: str) -> None:
    body, code, names = BODIES[what]
    answer = await administrator.send(body)
    refused(answer, code, names)
    assert answer.status == {"INVALID": 400, "LIMIT": 413}[code]
    assert answer.data is None
    assert len(answer.text) < 2000


@pytest.mark.usefixtures("nothing_written")
async def test_only_json_sent_by_post_is_read(suite: Suite, administrator: Caller) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain", ""):
        answer = await administrator.send(_document(FORGED), headers={"content-type": kind})
        refused(answer, "INVALID", "POST", "application/json")
    headers = {"authorization": f"Bearer {administrator.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.get(suite.graph, params={"query": FORGED}) as response,
    ):
        assert response.status == 405
        assert (await response.json())["errors"][0]["extensions"]["code"] == "INVALID"


@pytest.mark.usefixtures("nothing_written")
async def test_a_token_that_does_not_hold_is_refused(suite: Suite, administrator: Caller) -> None:
    token = administrator.token or ""
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    kid: str = header["kid"]
    ours, other = await _signing_key(suite, kid), ECKey.generate_key("P-256", {"kid": kid})

    def signed(key: ECKey, **changed: Any) -> str:
        return jwt.encode({"alg": ALGORITHM, "kid": kid}, claims | changed, key)

    assert not (await _asked_with(suite, signed(ours))).errors
    for bad in (
        signed(other),
        signed(ours, exp=int(time.time()) - 1),
        signed(ours, aud="somebody else"),
        signed(ours, iss="http://somebody.else"),
        signed(ours)[:-4],
        "not.a.token",
        "x" * 5000,
    ):
        answer = await _asked_with(suite, bad)
        refused(answer, "UNAUTHENTICATED", "sign in again")
        assert answer.status == 401


async def _asked_with(suite: Suite, token: str) -> Answer:
    async with Caller(suite.graph, token) as caller:
        return await caller.ask(PROTECTED)


async def _signing_key(suite: Suite, kid: str) -> ECKey:
    secrets = json.loads((suite.var / "secrets.json").read_text())
    database = Database(suite.database_url("identity"), pool_size=1)
    stored = await database.read(text("SELECT private FROM signing_key WHERE id = :kid"), {"kid": kid})
    await database.close()
    return ECKey.import_key(Cipher(SecretStr(secrets["identity/key-encryption"])).decrypt(stored[0].private))


@pytest.mark.usefixtures("nothing_written")
async def test_who_is_not_signed_in_gets_only_what_is_public(anybody: Caller) -> None:
    public = 'signIn(input: { email: "nobody@example.org", password: "x" }) { token }'
    for query in (PROTECTED, FORGED, FORGED.replace("{", "{ " + public, 1)):
        answer = await anybody.ask(query)
        refused(answer, "UNAUTHENTICATED", "Sign in first")
        assert (answer.status, answer.data) == (401, None)
