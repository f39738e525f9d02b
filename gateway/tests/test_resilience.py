"""Accidents are repeated, a failing service rests and comes back, identical fetches of one caller are one."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from prometheus_client import REGISTRY

from chassis.testing import eventually
from gateway.settings import Settings

CUSTOMER = """
type Query { customer(id: ID!): Customer names: [String!] }
type Customer @key(fields: "id") { id: ID! name: String! }
"""
LEDGER = """
type Query { balance: Int }
type Mutation { pay: Int }
type Customer @key(fields: "id") { id: ID! credit: Int tags: [Tag!] }
type Tag { name: String! }
"""
ADA = {"authorization": "Bearer ada"}
BOB = {"authorization": "Bearer bob"}

Misbehaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def garbage(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>Bad gateway", status=502)


async def nonsense(_: web.Request) -> web.StreamResponse:
    return web.json_response(["what?"], status=503)


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def hanging(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(2)
    return web.Response()


async def slow(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(0.15)
    return web.json_response({"data": {"balance": 7}})


async def erring(_: web.Request) -> web.StreamResponse:
    return web.json_response({"errors": [{"message": "No"}], "data": None})


@pytest.fixture
async def ask(graph: Any, world_type: Any) -> Any:
    customers = {n: {"id": n, "name": n, "credit": 5, "tags": [{"name": "a"}]} for n in ("1", "2")}
    world = world_type(
        roots={
            "Query": {"customer": lambda _, id: customers.get(id), "names": ["1", "2"], "balance": 7},
            "Mutation": {"pay": 8},
        },
        entities={"Customer": customers},
    )
    settings = Settings(environment="production", subgraph_seconds=0.3, speculation=False)
    return await graph(world, settings=settings, customer=CUSTOMER, ledger=LEDGER)


def figure(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, {"service": "ledger", **labels}) or 0


def once(misbehaviour: Misbehaviour, subgraph: Any) -> Misbehaviour:
    async def misbehave(request: web.Request) -> web.StreamResponse:
        subgraph.misbehave = None
        return await misbehaviour(request)

    return misbehave


@pytest.mark.parametrize(
    ("accident", "cause"), [(garbage, "malformed"), (nonsense, "malformed"), (reset, "connection_lost")]
)
async def test_a_query_that_meets_an_accident_is_repeated_unseen(
    ask: Any, accident: Misbehaviour, cause: str
) -> None:
    before = figure("gateway_retries_total", cause=cause)
    ask.subgraphs["ledger"].misbehave = once(accident, ask.subgraphs["ledger"])
    assert await ask("{ balance }") == {"data": {"balance": 7}}
    assert len(ask.subgraphs["ledger"].requests) == 2
    assert figure("gateway_retries_total", cause=cause) == before + 1


async def test_a_mutation_that_meets_an_accident_is_not_repeated(ask: Any) -> None:
    ask.subgraphs["ledger"].misbehave = once(garbage, ask.subgraphs["ledger"])
    assert (await ask("mutation { pay }"))["data"] == {"pay": None}
    assert len(ask.subgraphs["ledger"].requests) == 1


@pytest.mark.parametrize("how", [garbage, hanging, reset])
async def test_a_service_that_keeps_failing_rests_and_recovers(ask: Any, how: Misbehaviour) -> None:
    opened = figure("gateway_breaker_opened_total")
    ledger = ask.subgraphs["ledger"]
    ledger.misbehave = how
    await asyncio.gather(*(ask("{ balance }") for _ in range(5)))
    ledger.requests.clear()
    began = time.monotonic()
    answer = await ask('{ customer(id: "1") { name credit } }')
    assert time.monotonic() - began < 0.25
    assert answer["data"] == {"customer": {"name": "1", "credit": None}}
    [part] = answer["extensions"]["parts"]
    assert part["cause"] == "CIRCUIT_OPEN"
    assert part["reason"].startswith("ledger is resting after 5 failures, at last: ledger ")
    assert ledger.requests == []
    assert figure("gateway_breaker_opened_total") == opened + 1
    assert figure("gateway_breaker") == 1

    ledger.misbehave = None

    async def answers() -> bool:
        return bool(await ask("{ balance }") == {"data": {"balance": 7}})

    await eventually(answers, timeout=2)
    assert figure("gateway_breaker") == 0
    assert (await ask('{ customer(id: "1") { credit } }')) == {"data": {"customer": {"credit": 5}}}


PEOPLE = 'type Person @key(fields: "id") { id: ID! phone: String }'
PERSON = 'type Person @key(fields: "id") { id: ID! }'
OWNERS = 'type Customer @key(fields: "id") { id: ID! owner: Person }' + PERSON
BOOKED = LEDGER.replace("credit: Int", "credit: Int bookers: [Person!]") + PERSON


async def test_a_service_that_hangs_leaves_time_for_those_asked_after_it(graph: Any, world_type: Any) -> None:
    ada = {"id": "a", "phone": "1"}
    customer = {"id": "1", "name": "1", "owner": ada, "bookers": [ada]}
    world = world_type(
        roots={"Query": {"customer": lambda _, id: customer}},
        entities={"Customer": {"1": customer}, "Person": {"a": ada}},
    )
    settings = Settings(environment="production", subgraph_seconds=1, request_seconds=1)
    ask = await graph(
        world, settings=settings, customer=CUSTOMER, ledger=BOOKED, owners=OWNERS, people=PEOPLE
    )
    ask.subgraphs["ledger"].misbehave = hanging

    answer = await ask('{ customer(id: "1") { owner { phone } bookers { phone } } }')

    assert answer["data"] == {"customer": {"owner": {"phone": "1"}, "bookers": None}}
    assert [error["extensions"]["service"] for error in answer["errors"]] == ["ledger"]


@pytest.mark.parametrize("how", [slow, erring])
async def test_a_service_that_answers_slowly_or_with_errors_does_not_rest(
    ask: Any, how: Misbehaviour
) -> None:
    ask.subgraphs["ledger"].misbehave = how
    answers = await asyncio.gather(*(ask("{ balance }") for _ in range(12)))
    assert all("errors" in answer for answer in answers) is (how is erring)
    assert len(ask.subgraphs["ledger"].requests) == 12
    assert figure("gateway_breaker") == 0


async def test_what_waits_for_a_busy_service_has_its_full_time_still(
    graph: Any, world_type: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.execution.bulkhead.UNDER_WAY", 1)
    settings = Settings(environment="production", subgraph_seconds=0.4, request_seconds=1.2)
    world = world_type(roots={"Query": {"names": ["1"], "balance": 7}})
    ask = await graph(world, settings=settings, customer=CUSTOMER, ledger=LEDGER)

    async def busy(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.25)
        return web.json_response({"data": {"balance": 7}})

    ask.subgraphs["ledger"].misbehave = busy
    asking = [asyncio.create_task(ask("{ balance }", {"x-request-id": str(n)})) for n in range(6)]
    answers = [await each for each in asking]
    assert answers[:3] == [{"data": {"balance": 7}}] * 3
    [part] = answers[5]["extensions"]["parts"]
    assert part["reason"] == "ledger is busy and could not be asked in time"


async def test_no_fetch_outlives_the_request(graph: Any, world_type: Any) -> None:
    settings = Settings(environment="production", request_seconds=0.5)
    world = world_type(roots={"Query": {"names": ["1"], "balance": 7}})
    ask = await graph(world, settings=settings, customer=CUSTOMER, ledger=LEDGER)
    ask.subgraphs["ledger"].misbehave = hanging
    status, answer = await ask.post({"query": "{ names balance }"})
    assert status == 200
    assert answer["data"] == {"names": ["1"], "balance": None}
    assert answer["extensions"]["parts"][0]["cause"] == "DEADLINE_EXCEEDED"


async def test_an_endless_answer_is_cut(graph: Any, world_type: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_type(roots={"Query": {"names": ["1"], "balance": 7}})
    ask = await graph(world, customer=CUSTOMER, ledger=LEDGER)
    monkeypatch.setattr("gateway.execution.transport.LARGEST_ANSWER", 1_000)

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" " * 600)

    ask.subgraphs["ledger"].misbehave = endless
    answer = await ask("{ names balance }")
    assert answer["data"] == {"names": ["1"], "balance": None}
    assert answer["extensions"]["parts"][0]["reason"] == "ledger answered with more than 1000 bytes"


async def held(ask: Any) -> tuple[Any, asyncio.Event]:
    """The ledger with its answers held back until the event."""
    ledger, go_on = ask.subgraphs["ledger"], asyncio.Event()

    async def answer_later(request: web.Request) -> web.StreamResponse:
        await go_on.wait()
        body = await request.json()
        if "mutation" in body["query"]:
            return web.json_response({"data": {"pay": 8}})
        if "_entities" in body["query"]:
            return web.json_response({"data": {"_entities": [{"credit": 5, "tags": [{"name": "a"}]}]}})
        return web.json_response({"data": {"balance": 7}})

    ledger.misbehave = answer_later
    return ledger, go_on


async def test_identical_queries_of_one_caller_under_way_are_one_fetch(ask: Any) -> None:
    ledger, go_on = await held(ask)
    shared = figure("gateway_fetches_shared_total")
    query = '{ customer(id: "1") { name credit tags { name } } }'
    asking = [asyncio.create_task(ask(query, ADA)) for _ in range(4)]
    await eventually(lambda: len(ledger.requests) == 1)
    await asyncio.sleep(0.1)
    go_on.set()
    expected = {"data": {"customer": {"name": "1", "credit": 5, "tags": [{"name": "a"}]}}}
    assert await asyncio.gather(*asking) == [expected] * 4
    assert len(ledger.requests) == 1
    assert figure("gateway_fetches_shared_total") == shared + 3


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("{ balance }", [ADA, BOB]),
        ("{ balance }", [{**ADA, "accept-language": "zh"}, {**ADA, "accept-language": "en"}]),
        ("{ balance }", [{}, {}]),
        ("mutation { pay }", [ADA, ADA]),
    ],
    ids=["other token", "other language", "no token", "mutations"],
)
async def test_nothing_else_is_shared(ask: Any, query: str, headers: list[dict[str, str]]) -> None:
    ledger, go_on = await held(ask)
    asking = [asyncio.create_task(ask(query, each)) for each in headers]
    await eventually(lambda: len(ledger.requests) == 2)
    go_on.set()
    assert all("errors" not in answer for answer in await asyncio.gather(*asking))


async def test_who_wrote_joins_no_query_that_began_before(ask: Any) -> None:
    ledger, go_on = await held(ask)
    before = asyncio.create_task(ask("{ balance }", ADA))
    await eventually(lambda: len(ledger.requests) == 1)
    ledger.misbehave, held_back = None, ledger.misbehave
    assert await ask("mutation { pay }", ADA) == {"data": {"pay": 8}}
    ledger.misbehave = held_back
    after = asyncio.create_task(ask("{ balance }", ADA))
    await eventually(lambda: len(ledger.requests) == 3)
    go_on.set()
    assert (await before, await after) == ({"data": {"balance": 7}}, {"data": {"balance": 7}})
