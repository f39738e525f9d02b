"""Live events over WebSocket: the protocol graphql-transport-ws."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientWebSocketResponse, web
from prometheus_client import REGISTRY

from chassis.testing import eventually
from gateway.tests.live_events import MOVED, OPENED, Live

PROTOCOL = "graphql-transport-ws"
ACK = {"type": "connection_ack"}


@asynccontextmanager
async def connected(
    live: Live, *, protocols: tuple[str, ...] = (PROTOCOL,), headers: Mapping[str, str] | None = None
) -> AsyncIterator[ClientWebSocketResponse]:
    url = f"{live.graph.url}/graphql"
    async with live.graph.http.ws_connect(url, protocols=protocols, headers=headers) as socket:
        yield socket


@asynccontextmanager
async def signed_in(live: Live, token: str | None = None) -> AsyncIterator[ClientWebSocketResponse]:
    async with connected(live) as socket:
        token = token or live.issuer.token("*:*")
        await socket.send_json({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
        assert await socket.receive_json() == ACK
        yield socket


async def subscribe(socket: ClientWebSocketResponse, query: str, id: str = "1", **variables: Any) -> None:
    payload = {"query": query, "variables": variables}
    await socket.send_json({"id": id, "type": "subscribe", "payload": payload})


async def moved(socket: ClientWebSocketResponse) -> tuple[str, str]:
    """The subscription and the case of the next event."""
    message = await socket.receive_json()
    assert message["type"] == "next", message
    return message["id"], message["payload"]["data"]["caseMoved"]["id"]


async def code_of_close(socket: ClientWebSocketResponse) -> int | None:
    while (await socket.receive()).type not in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
        pass
    return socket.close_code


def subscribed() -> float:
    return REGISTRY.get_sample_value("gateway_subscriptions", {"transport": "websocket"}) or 0


async def are_subscribed(count: float) -> None:
    await eventually(lambda: subscribed() == count)


async def test_events_of_several_subscriptions_come_over_one_connection(live: Live) -> None:
    before = subscribed()
    async with signed_in(live) as socket:
        await subscribe(socket, MOVED, "all")
        await subscribe(socket, MOVED, "phone", queue="phone")
        await are_subscribed(before + 2)
        await live.tell(OPENED, "1", queue="mail")
        assert await moved(socket) == ("all", "1")
        await live.tell(OPENED, "2", queue="phone")
        assert sorted([await moved(socket), await moved(socket)]) == [("all", "2"), ("phone", "2")]

        await socket.send_json({"id": "all", "type": "complete"})
        await are_subscribed(before + 1)
        await live.tell(OPENED, "3", queue="phone")
        assert await moved(socket) == ("phone", "3")
    await are_subscribed(before)


async def test_queries_and_mutations_are_answered_too(live: Live) -> None:
    async with signed_in(live) as socket:
        for query, data in (("{ cases }", {"cases": 3}), ('mutation { open(id: "1") }', {"open": 7})):
            await subscribe(socket, query)
            assert await socket.receive_json() == {"id": "1", "type": "next", "payload": {"data": data}}
            assert await socket.receive_json() == {"id": "1", "type": "complete"}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{ nonsense }"}, "INVALID"),
        ({"query": "subscription { caseMoved { id } }", "variables": []}, "INVALID"),
        ({}, "INVALID"),
    ],
)
async def test_what_is_refused_is_an_error_of_its_own_and_the_connection_stays(
    live: Live, payload: Any, code: str
) -> None:
    async with signed_in(live) as socket:
        await socket.send_json({"id": "1", "type": "subscribe", "payload": payload})
        message = await socket.receive_json()
        assert (message["id"], message["type"]) == ("1", "error")
        assert message["payload"][0]["extensions"]["code"] == code
        await socket.send_json({"type": "ping"})
        assert await socket.receive_json() == {"type": "pong"}


async def test_a_subscriber_without_the_right_is_refused(live: Live) -> None:
    async with signed_in(live, live.issuer.token("case:update")) as socket:
        await subscribe(socket, MOVED)
        assert (await socket.receive_json())["payload"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["no JSON"], 4400),
        (['["an array"]'], 4400),
        (['{"type": "unknown"}'], 4400),
        (['{"type": "subscribe", "id": "1", "payload": {"query": "{ cases }"}}'], 4401),
        (['{"type": "connection_init"}'], 4403),
        (['{"type": "connection_init", "payload": {"authorization": "Bearer x.y.z"}}'], 4403),
    ],
)
async def test_a_connection_that_does_not_keep_to_the_protocol_is_closed(
    live: Live, messages: list[str], code: int
) -> None:
    async with connected(live) as socket:
        for message in messages:
            await socket.send_str(message)
        assert await code_of_close(socket) == code


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "connection_init"}, 4429),
        ({"type": "subscribe", "id": "1", "payload": {"query": MOVED}}, 4409),
        ({"type": "subscribe", "id": "", "payload": {"query": MOVED}}, 4400),
        ({"type": "subscribe", "id": "2", "payload": None}, 4400),
    ],
)
async def test_a_signed_in_connection_keeps_to_the_protocol_too(
    live: Live, message: dict[str, Any], code: int
) -> None:
    before = subscribed()
    async with signed_in(live) as socket:
        await subscribe(socket, MOVED)
        await are_subscribed(before + 1)
        await socket.send_json(message)
        assert await code_of_close(socket) == code
    await are_subscribed(before)


async def test_one_connection_runs_so_many_operations_at_a_time(live: Live) -> None:
    async def hanging(_: web.Request) -> web.Response:
        await asyncio.sleep(2)
        return web.json_response({"data": {"cases": 3}})

    live.graph.subgraphs["alpha"].misbehave = hanging
    async with signed_in(live) as socket:
        for number in range(101):
            await subscribe(socket, "{ cases }", str(number))
        message = await socket.receive_json()
        assert (message["id"], message["type"]) == ("100", "error")
        assert message["payload"][0]["extensions"]["code"] == "LIMIT"


async def test_only_the_one_protocol_is_spoken(live: Live) -> None:
    async with connected(live, protocols=("graphql-ws",)) as socket:
        assert await code_of_close(socket) == 4406


async def test_a_page_of_another_origin_cannot_connect(live: Live) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with connected(live, headers={"Origin": "https://elsewhere.example"}):
            pass
    assert refused.value.status == 403
    async with connected(live, headers={"Origin": live.graph.url}) as socket:
        assert not socket.closed


async def test_a_message_too_large_closes_the_connection(live: Live) -> None:
    async with connected(live) as socket:
        await socket.send_str("x" * 1_000_001)
        assert await code_of_close(socket) == 1009


async def test_one_caller_holds_so_many_connections_open(live: Live) -> None:
    token = live.issuer.token("*:*")
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(signed_in(live, token))
        async with connected(live) as socket:
            payload = {"authorization": f"Bearer {token}"}
            await socket.send_json({"type": "connection_init", "payload": payload})
            assert await code_of_close(socket) == 4429
    async with signed_in(live, token):
        pass


async def test_the_connection_ends_with_the_token(live: Live) -> None:
    async with signed_in(live, live.issuer.token("*:*", expires_in=2)) as socket:
        await subscribe(socket, MOVED)
        message = await socket.receive_json()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "UNAUTHENTICATED")
        assert await code_of_close(socket) == 4403


async def test_a_reader_too_slow_is_dropped_with_a_reason(live: Live) -> None:
    async def large(request: web.Request) -> web.Response:
        [case] = (await request.json())["variables"]["__event"]
        return web.json_response({"data": {"_entities": [{**case, "title": "x" * 100_000}]}})

    live.graph.subgraphs["alpha"].misbehave = large
    before, token = subscribed(), live.issuer.token("*:*")
    async with signed_in(live, token) as slow:
        await subscribe(slow, "subscription { caseMoved { id title } }")
        await are_subscribed(before + 1)
        async with live.reading(MOVED, token) as other:
            await live.tell_many(other)
        ending = None
        while ending is None:
            message = await asyncio.wait_for(slow.receive_json(), 10)
            ending = message if message["type"] != "next" else None
        assert (ending["type"], ending["payload"][0]["extensions"]["code"]) == ("error", "LIMIT")
        assert await code_of_close(slow) == 1013
