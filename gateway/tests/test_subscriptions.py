"""Live events over SSE: who is told of what, in which order, and when a stream ends."""

from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from prometheus_client import REGISTRY

from chassis.testing import eventually
from gateway.execution.retries import RETRIES
from gateway.tests.live_events import ALPHA, ASKED, CLOSED, MOVED, OPENED, Live

CHANGED = """subscription($id: ID!) { changed: caseChanged(id: $id) { title(shout: true) ...Votes } }
fragment Votes on Case { votes }"""


async def moved(reader: Any) -> str:
    """The id of the case that the next event tells of."""
    id: str = (await reader.data())["caseMoved"]["id"]
    return id


async def refusal(reader: Any) -> str:
    """The code with which a stream ends."""
    event, body = await reader.next()
    assert (event, list(body)) == ("next", ["errors"])
    assert await reader.next() == ("complete", None)
    code: str = body["errors"][0]["extensions"]["code"]
    return code


def open_streams() -> float:
    return REGISTRY.get_sample_value("gateway_subscriptions", {"transport": "sse"}) or 0


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("gateway_events_total", {"outcome": outcome}) or 0


async def test_an_event_is_answered_by_all_services_that_know_the_entity(live: Live) -> None:
    async with live.reading(MOVED, live.issuer.token("case:read")) as reader:
        assert reader.answer.headers["content-type"] == "text/event-stream"
        await live.tell(OPENED, "7", queue="phone")
        assert await reader.data() == {"caseMoved": {"id": "7", "title": "Case 7", "votes": 7}}


async def test_only_events_whose_fields_equal_the_arguments_are_told(live: Live) -> None:
    token = live.issuer.token("*:*")
    async with (
        live.reading(MOVED, token, queue="phone") as phone,
        live.reading(CHANGED, token, id="12") as one,
    ):
        await live.tell(OPENED, "10", queue="mail", caseId="10")
        await live.tell(CLOSED, "other", queue="chat", caseId="12")
        await live.tell(CLOSED, "11", queue="phone", caseId="11")
        assert await moved(phone) == "11"
        assert await one.data() == {"changed": {"title": "Case 12", "votes": 12}}


async def test_events_are_told_in_the_order_in_which_they_happened(live: Live) -> None:
    async with live.reading(MOVED, live.issuer.token("*:*")) as reader:
        for number in range(30):
            await live.tell(OPENED, str(number))
        assert [await moved(reader) for _ in range(30)] == [str(number) for number in range(30)]


async def test_services_are_asked_on_behalf_of_the_subscriber_once_for_all_who_ask_the_same(
    live: Live,
) -> None:
    ada, bob = live.issuer.token("*:*"), live.issuer.token("*:*")
    async with (
        live.reading(MOVED, ada) as first,
        live.reading(MOVED, ada) as second,
        live.reading(MOVED, bob) as third,
    ):
        await live.tell(OPENED, "3")
        assert [await moved(reader) for reader in (first, second, third)] == ["3", "3", "3"]
    asked = [headers["Authorization"] for headers in live.graph.subgraphs["alpha"].headers]
    assert sorted(asked) == sorted([f"Bearer {ada}", f"Bearer {bob}"])
    ids = {
        headers["X-Request-Id"] for subgraph in live.graph.subgraphs.values() for headers in subgraph.headers
    }
    assert len(ids) == 1, "all of them are those of the event"


async def test_what_the_subscriber_may_not_see_is_withheld_without_a_trace(live: Live) -> None:
    ada, bob = live.issuer.token("case:read"), live.issuer.token("case:read")

    async def with_rights(request: web.Request) -> web.Response:
        [case] = (await request.json())["variables"]["__event"]
        if case["id"] == "5" and bob in request.headers["Authorization"]:
            refused = {"message": "No", "path": ["_entities", 0], "extensions": {"code": "FORBIDDEN"}}
            return web.json_response({"data": {"_entities": [None]}, "errors": [refused]})
        return web.json_response({"data": {"_entities": [{**case, "title": "Seen"}]}})

    live.graph.subgraphs["alpha"].misbehave = with_rights
    query, before = "subscription { caseMoved { __typename id } }", counted("withheld")
    async with live.reading(query, ada) as hers, live.reading(query, bob) as his:
        await live.tell(OPENED, "5")
        await live.tell(OPENED, "6")
        assert [await moved(hers) for _ in range(2)] == ["5", "6"]
        assert await moved(his) == "6"
    assert counted("withheld") == before + 1


async def test_what_is_gone_or_cannot_be_read_is_withheld(live: Live) -> None:
    async with live.reading(MOVED, live.issuer.token("*:*")) as reader:
        await live.tell(OPENED, "no such case")
        await live.tell(OPENED, "0")
        assert await moved(reader) == "0"

        attempts = iter(range(RETRIES))

        async def broken(_: web.Request) -> web.Response:
            if next(attempts, None) is None:
                live.graph.subgraphs["alpha"].misbehave = None
            return web.Response(text="?")

        live.graph.subgraphs["alpha"].misbehave = broken
        await live.tell(OPENED, "1")
        await live.tell(OPENED, "2")
        assert await moved(reader) == "2"


async def test_a_part_that_fails_costs_only_its_own_fields(live: Live) -> None:
    async def broken(_: web.Request) -> web.Response:
        return web.Response(status=500)

    live.graph.subgraphs["beta"].misbehave = broken
    async with live.reading(MOVED, live.issuer.token("*:*")) as reader:
        await live.tell(OPENED, "1")
        body = (await reader.next())[1] or {}
    assert body["data"] == {"caseMoved": {"id": "1", "title": "Case 1", "votes": None}}
    assert body["errors"][0]["path"] == ["caseMoved", "votes"]


async def test_what_is_about_the_caller_is_told_to_that_caller_alone(live: Live) -> None:
    ada, bob = uuid4(), uuid4()
    query = "subscription { myTasks { id } }"
    async with (
        live.reading(query, live.issuer.token(id=ada)) as hers,
        live.reading(query, live.issuer.token(id=bob)) as his,
    ):
        await live.tell(ASKED, "1", assigneeId=str(ada))
        await live.tell(ASKED, "2", role="sales")
        await live.tell(ASKED, "3", assigneeId=str(bob))
        await live.tell(ASKED, "4", assigneeId=str(ada))
        assert [(await hers.data())["myTasks"]["id"] for _ in range(2)] == ["1", "4"]
        assert (await his.data())["myTasks"]["id"] == "3"


@pytest.mark.parametrize(
    ("query", "grant", "code"),
    [
        (MOVED, None, "UNAUTHENTICATED"),
        (MOVED, "case:update", "FORBIDDEN"),
        ("subscription { undeclared { id } }", "*:*", "INVALID"),
        ("subscription { caseMoved { nonsense } }", "*:*", "INVALID"),
        ("subscription { a: caseMoved { id } b: caseMoved { id } }", "*:*", "INVALID"),
        ("subscription { caseChanged { id } }", "*:*", "INVALID"),
        ("subscription { caseMoved { " + "t: title " * 31 + "} }", "*:*", "LIMIT"),
        ("subscription($no: Boolean = true) { caseMoved @skip(if: $no) { id } }", "*:*", "INVALID"),
    ],
)
async def test_a_subscription_is_refused_as_a_query_would_be(
    live: Live, query: str, grant: str | None, code: str
) -> None:
    token = live.issuer.token(grant) if grant else None
    async with live.reading(query, token) as reader:
        assert await refusal(reader) == code


async def test_a_subscription_needs_a_transport_that_streams(live: Live) -> None:
    headers = {"Authorization": f"Bearer {live.issuer.token('*:*')}"}
    status, answer = await live.graph.post({"query": MOVED}, headers)
    assert (status, answer["errors"][0]["extensions"]["code"]) == (400, "INVALID")
    assert "text/event-stream" in answer["errors"][0]["message"]


async def test_a_query_over_sse_is_one_event(live: Live) -> None:
    async with live.reading("{ cases }", live.issuer.token("*:*")) as reader:
        assert await reader.data() == {"cases": 3}
        assert await reader.next() == ("complete", None)


async def test_a_caller_that_takes_both_gets_json_for_a_query(live: Live) -> None:
    headers = {
        "Authorization": f"Bearer {live.issuer.token('*:*')}",
        "Accept": "application/json, text/event-stream",
    }
    assert await live.graph("{ cases }", headers) == {"data": {"cases": 3}}


async def test_the_stream_ends_when_the_token_does(live: Live) -> None:
    async with live.reading(MOVED, live.issuer.token("*:*", expires_in=2)) as reader:
        assert await refusal(reader) == "UNAUTHENTICATED"


async def test_a_reader_too_slow_is_dropped_with_a_reason(live: Live) -> None:
    async def large(request: web.Request) -> web.Response:
        [case] = (await request.json())["variables"]["__event"]
        return web.json_response({"data": {"_entities": [{**case, "title": "x" * 100_000}]}})

    live.graph.subgraphs["alpha"].misbehave = large
    query, token = "subscription { caseMoved { id title } }", live.issuer.token("*:*")
    before = counted("dropped")
    async with live.reading(query, token) as slow, live.reading(MOVED, token) as other:
        await live.tell_many(other)
        await eventually(lambda: counted("dropped") > before)
        read = 0
        while (body := (await slow.next())[1]) is not None and "data" in body:
            read += 1
        assert body is not None
        assert body["errors"][0]["extensions"]["code"] == "LIMIT"
        assert await slow.next() == ("complete", None)
        assert read < 100


async def test_one_caller_holds_so_many_subscriptions_open(live: Live) -> None:
    token, before = live.issuer.token("*:*"), open_streams()
    async with AsyncExitStack() as stack:
        for number in range(10):
            await stack.enter_async_context(live.reading(CHANGED, token, id=str(number)))
        assert open_streams() == before + 10
        async with live.reading(MOVED, token) as one_more:
            assert await refusal(one_more) == "LIMIT"
        async with live.reading(MOVED, live.issuer.token("*:*")) as of_another:
            await live.tell(OPENED, "1")
            assert await moved(of_another) == "1"
    await eventually(lambda: open_streams() == before)
    async with live.reading(MOVED, token) as reader:
        await live.tell(OPENED, "2")
        assert await moved(reader) == "2"


async def test_without_nats_everything_but_subscriptions_is_served(graph: Any, world_type: Any) -> None:
    ask = await graph(world_type(roots={"Query": {"cases": 3}}), alpha=ALPHA)
    assert await ask("{ cases }") == {"data": {"cases": 3}}
    status, answer = await ask.post(
        {"query": MOVED.replace(" votes", "")}, {"Accept": "text/event-stream, */json"}
    )
    assert (status, answer["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
    assert "ROUNDEL_NATS_URL" in answer["errors"][0]["message"]
