"""API keys at the gateway: exchanged for tokens, kept for a minute at most, refused as any bad bearer."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gateway.serving import api_keys
from gateway.serving.api_keys import ApiKeys
from gateway.settings import Settings
from gateway.tests.issuer import Issuer

SDL = """
type Query { customer: Customer }
type Customer @key(fields: "id") { id: ID! name: String }
"""
QUERY = {"query": "{ customer { name } }"}
KEY = {"Authorization": "Bearer rk_good"}


class Exchange(Issuer):
    """An issuer that exchanges keys, too."""

    def __init__(self) -> None:
        super().__init__()
        self.keys_asked: list[str] = []
        self.asked_from: list[str] = []
        self.wait = 0
        self.revoked = False
        self.seconds = 300

    async def exchange(self, request: web.Request) -> web.Response:
        """Answer as identity's token endpoint does."""
        given = await request.json()
        assert given["grant_type"] == "urn:roundel:api-key"
        self.keys_asked.append(given["api_key"])
        self.asked_from.append(request.headers["x-forwarded-for"])
        if self.wait:
            told = {"error": "slow_down", "error_description": "Too many failed sign-ins from where you are"}
            return web.json_response(told, status=429, headers={"retry-after": str(self.wait)})
        if given["api_key"] != "rk_good" or self.revoked:
            told = {"error": "invalid_grant", "error_description": "This API key is unknown"}
            return web.json_response(told, status=400)
        token = self.token(kind="service", name="web site")
        return web.json_response({"access_token": token, "token_type": "Bearer", "expires_in": self.seconds})


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    """An issuer with one good key."""
    issuer, app = Exchange(), web.Application()
    app.router.add_get("/jwks.json", issuer.keys)
    app.router.add_post("/token", issuer.exchange)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    issuer.url = f"http://127.0.0.1:{runner.addresses[0][1]}/jwks.json"
    yield issuer
    await runner.cleanup()


@pytest.fixture
async def ask(graph: Any, world_type: Any, exchange: Exchange) -> Any:
    """A gateway that believes this issuer."""
    ada = {"__typename": "Customer", "id": "1", "name": "Ada"}
    settings = Settings(environment="production", issuer=exchange.name, jwks_url=exchange.url)
    return await graph(world_type({"Query": {"customer": ada}}), settings=settings, is_open=False, crm=SDL)


async def test_a_key_opens_what_its_token_opens_and_no_service_sees_it(ask: Any, exchange: Exchange) -> None:
    answers = await asyncio.gather(*(ask.post(QUERY, KEY) for _ in range(5)))

    assert answers == [(200, {"data": {"customer": {"name": "Ada"}}})] * 5
    assert exchange.keys_asked == ["rk_good"]
    sent = {headers["authorization"] for headers in ask.subgraphs["crm"].headers}
    assert len(sent) == 1
    assert sent.pop().count(".") == 2


async def test_a_key_that_opens_nothing_is_refused(ask: Any) -> None:
    status, answer = await ask.post(QUERY, {"Authorization": "Bearer rk_bad"})

    assert status == 401
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert not ask.subgraphs["crm"].requests


async def test_issuer_and_services_are_told_from_where_it_is_asked_and_nothing_that_a_caller_says_of_it(
    ask: Any, exchange: Exchange
) -> None:
    await ask.post(QUERY, {**KEY, "X-Forwarded-For": "203.0.113.7"})

    assert exchange.asked_from == ["127.0.0.1"]
    assert [headers["x-forwarded-for"] for headers in ask.subgraphs["crm"].headers] == ["127.0.0.1"]


async def test_whoever_guessed_too_many_keys_is_told_how_long_to_wait(ask: Any, exchange: Exchange) -> None:
    exchange.wait = 600

    status, answer = await ask.post(QUERY, KEY)

    assert status == 429
    assert answer["errors"][0]["extensions"] == {"code": "LIMIT", "retryAfter": 600}


async def test_a_revoked_key_is_good_for_a_minute_at_most(
    ask: Any, exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert api_keys.KEPT_SECONDS <= 60
    monkeypatch.setattr(api_keys, "KEPT_SECONDS", 0.0)  # a minute is over
    assert (await ask.post(QUERY, KEY))[0] == 200
    exchange.revoked = True

    assert (await ask.post(QUERY, KEY))[0] == 401


async def test_no_token_is_passed_on_that_ends_soon(ask: Any, exchange: Exchange) -> None:
    exchange.seconds = 9
    for _ in range(2):
        assert (await ask.post(QUERY, KEY))[0] == 200
    assert len(exchange.keys_asked) == 2


async def test_an_issuer_that_is_away_is_no_refusal() -> None:
    keys = ApiKeys.of_issuer("http://127.0.0.1:9/jwks.json")
    with pytest.raises(Exception, match="does not answer"):
        await keys.token("rk_good", {})


async def test_a_websocket_with_a_key_gets_a_new_token_when_the_first_has_ended(
    ask: Any, exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "KEPT_SECONDS", 0.0)
    url = f"{ask.url}/graphql"
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(url, protocols=["graphql-transport-ws"]) as ws,
    ):
        await ws.send_json({"type": "connection_init", "payload": KEY})
        assert await ws.receive_json() == {"type": "connection_ack"}
        for id in ("1", "2"):
            await ws.send_json({"id": id, "type": "subscribe", "payload": QUERY})
            assert (await ws.receive_json())["payload"] == {"data": {"customer": {"name": "Ada"}}}
            assert (await ws.receive_json())["type"] == "complete"

    assert len(exchange.keys_asked) == 3
