"""Like questions of one caller are asked together, and each gets its own answer."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY

from gateway.execution.gathering import Gathering, Line
from gateway.execution.joining import parts, together
from gateway.execution.questions import Fetch, Question
from gateway.settings import Settings

SHOP = """
type Query { customer(id: ID!): Customer name(id: ID!): String }
type Customer @key(fields: "id") { id: ID! name: String! }
"""
LEDGER = 'type Customer @key(fields: "id") { id: ID! credit(in: String): Int }'
ADA = {"authorization": "Bearer ada"}
BOB = {"authorization": "Bearer bob"}
QUERY = "query($id: ID!) { customer(id: $id) { name credit } }"
EVERYBODY = range(1, 8)
REFUSED = 5


async def customer(_: Any, id: str) -> Any:
    await asyncio.sleep(0.05)  # so that all are asked for at the same time
    return CUSTOMERS.get(id)


CUSTOMERS: dict[str, Any] = {
    str(n): {"id": str(n), "name": f"No {n}", "credit": n} | ({"refuses": ["ledger"]} if n == REFUSED else {})
    for n in EVERYBODY
}


@pytest.fixture(scope="module")
async def started(graph: Any, world_type: Any) -> Any:
    world = world_type(roots={"Query": {"customer": customer}}, entities={"Customer": CUSTOMERS})
    settings = Settings(environment="production", subgraph_seconds=2)
    return await graph(world, settings=settings, shop=SHOP, ledger=LEDGER)


@pytest.fixture
async def ask(started: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    monkeypatch.setattr(Line, "_patience", lambda _: 0.03)
    for subgraph in started.subgraphs.values():
        subgraph.requests.clear()
    yield started
    started.subgraphs["ledger"].misbehave = None


async def all_at_once(ask: Any, query: str = QUERY, **variables: Any) -> list[Any]:
    somebody = {"authorization": f"Bearer {uuid4()}"}  # of whom nothing is known yet
    return await asyncio.gather(*(ask(query, somebody, id=str(n), **variables) for n in EVERYBODY))


def asked_of(subgraph: Any) -> list[int]:
    """How many entities each request asked for."""
    return [len(each["variables"].get("representations", ())) for each in subgraph.requests]


def right(n: int) -> Any:
    return {"customer": {"name": f"No {n}", "credit": None if n == REFUSED else n}}


async def test_like_questions_are_one_request_and_each_gets_its_own_answer(ask: Any) -> None:
    gathered = REGISTRY.get_sample_value("gateway_fetches_gathered_total", {"service": "ledger"}) or 0
    answers = await all_at_once(ask)
    assert [each["data"] for each in answers] == [right(n) for n in EVERYBODY]
    ledger = asked_of(ask.subgraphs["ledger"])
    assert sum(ledger) == len(EVERYBODY)
    assert max(ledger) > 1
    together = REGISTRY.get_sample_value("gateway_fetches_gathered_total", {"service": "ledger"})
    assert together == gathered + sum(each for each in ledger if each > 1)


async def test_what_one_is_refused_is_told_to_that_one(ask: Any) -> None:
    answers = await all_at_once(ask)
    assert max(asked_of(ask.subgraphs["ledger"])) > 1
    wrong = {n: each["errors"] for n, each in zip(EVERYBODY, answers, strict=True) if "errors" in each}
    assert list(wrong) == [REFUSED]
    [error] = wrong[REFUSED]
    assert error["path"] == ["customer"]
    assert error["extensions"]["service"] == "ledger"


async def test_roots_that_find_an_entity_by_its_key_are_one_request_too(ask: Any) -> None:
    query = "query($id: ID!, $no: ID!) { a: customer(id: $id) { name } customer(id: $no) { name } }"
    answers = await all_at_once(ask, query, no="99")
    assert answers == [{"data": {"a": {"name": f"No {n}"}, "customer": None}} for n in EVERYBODY]
    assert len(ask.subgraphs["shop"].requests) < len(EVERYBODY)


@pytest.mark.parametrize(
    ("query", "changing"),
    [
        (
            "query($id: ID!, $in: String) { customer(id: $id) { credit(in: $in) } }",
            [{"in": "EUR"}, {"in": "CNY"}],
        ),
        (QUERY, [ADA, BOB]),
        (QUERY, [{**ADA, "accept-language": "zh"}, {**ADA, "accept-language": "en"}]),
        (QUERY, [{}, {}]),
    ],
    ids=["other argument", "other token", "other language", "no token"],
)
async def test_nothing_else_is_asked_together(
    ask: Any, query: str, changing: list[Mapping[str, str]]
) -> None:
    async def asked(n: int) -> Any:
        given = changing[n % 2]
        return await (ask(query, ADA, id=str(n), **given) if "in" in given else ask(query, given, id=str(n)))

    answers = await asyncio.gather(asked(1), asked(2))
    assert all("errors" not in each for each in answers)
    assert asked_of(ask.subgraphs["ledger"]) == [1, 1]


async def test_what_is_recorded_is_asked_alone(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tracer = TracerProvider().get_tracer("test")
    monkeypatch.setattr(
        "gateway.execution.transport.telemetry.begin", lambda step, *_: tracer.start_span(step)
    )
    answers = await all_at_once(ask)
    assert [each["data"] for each in answers] == [right(n) for n in EVERYBODY]
    assert asked_of(ask.subgraphs["ledger"]) == [1] * len(EVERYBODY)


@pytest.mark.parametrize(
    "body", [{"errors": [{"message": "Too many"}], "data": None}, {"data": {"_entities": []}}]
)
async def test_an_answer_that_is_nobodys_is_asked_for_again_by_each_alone(ask: Any, body: Any) -> None:
    ledger = ask.subgraphs["ledger"]

    async def only_one(request: web.Request) -> web.StreamResponse:
        given = (await request.json())["variables"]["representations"]
        if len(given) > 1:
            return web.json_response(body)
        return web.json_response({"data": {"_entities": [{"credit": int(given[0]["id"])}]}})

    ledger.misbehave = only_one
    answers = await all_at_once(ask)
    assert answers == [{"data": {"customer": {"name": f"No {n}", "credit": n}}} for n in EVERYBODY]
    assert max(asked_of(ledger)) > 1


async def test_after_a_failure_each_asks_alone_for_a_while() -> None:
    asked: list[int] = []

    async def ask(question: Question, _: float) -> Any:
        asked.append(len(question.entities["representations"]))
        if asked[-1] > 1:
            raise ConnectionError("gone")
        return {"data": {"_entities": [{}]}}

    _, line = _line(present=3)
    assert await _each(line, ask, 3) == ["ConnectionError"] * 3
    assert await _each(line, ask, 3) == ["dict"] * 3
    assert asked == [3, 1, 1, 1]


async def test_what_is_slow_even_alone_is_asked_alone() -> None:
    asked: list[int] = []

    async def ask(question: Question, _: float) -> Any:
        asked.append(len(question.entities["representations"]))
        await asyncio.sleep(0.11)
        return {"data": {"_entities": [{}] * asked[-1]}}

    _, line = _line(present=2)
    await _each(line, ask, 2)
    await _each(line, ask, 2)
    assert asked == [2, 1, 1]


async def test_when_all_have_given_up_nothing_is_asked_any_more() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def ask(*_: Any) -> Any:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    _, line = _line(present=2)
    waiting = [asyncio.create_task(_ask(line, ask, n)) for n in range(2)]
    await begun.wait()
    waiting[0].cancel()
    await asyncio.sleep(0.01)
    assert not ended.is_set()
    waiting[1].cancel()
    await asyncio.wait_for(ended.wait(), 1)


async def test_only_so_many_lines_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.execution.gathering.MOST_LINES", 2)
    lines = Gathering()
    of_ada, of_bob = (lines.line(who, _question(1)) for who in ("Ada", "Bob"))
    assert lines.line("Ada", _question(2)) is of_ada
    lines.line("Cleo", _question(1))
    assert lines.line("Ada", _question(3)) is of_ada
    assert lines.line("Bob", _question(1)) is not of_bob


async def test_who_comes_first_waits_a_part_of_what_such_requests_take() -> None:
    waited: list[float] = []

    async def ask(question: Question, _: float) -> Any:
        waited.append(time.perf_counter() - began)
        return {"data": {"_entities": [{}] * len(question.entities["representations"])}}

    _, line = _line(present=3)
    line.leave(0.06)
    # two are present; never more than 30 ms; and a request waits but once
    for first, expected in ((True, 0.06 * 0.4 / 2), (True, 0.03), (False, 0.0)):
        began = time.perf_counter()
        await _ask(line, ask, 1, first)
        assert expected - 0.002 < waited[-1]
        line.enter()
        line.leave(10.0)
    assert waited[-1] < waited[-2]
    line.leave(0.1)
    began = time.perf_counter()
    await _ask(line, ask, 1)
    assert waited[-1] < 0.002


def test_every_part_of_an_answer_goes_to_whoever_asked_for_it() -> None:
    two = {"serviceName": "s", "operation": "query", "kind": "BatchFetch"}
    aliases = [{"alias": f"_e{n}", "representationsVariableName": f"r{n}"} for n in range(2)]
    fetch = Fetch.of({**two, "entityBatch": {"aliases": aliases}})
    counts = [(1, 2), (0, 1), (3, 0)]
    names = [[[f"{who}.{list}.{n}" for n in range(count)] for list, count in enumerate(each)]
             for who, each in enumerate(counts)]  # fmt: skip
    questions = [Question(fetch, b"", {}, {"r0": own[0], "r1": own[1]}) for own in names]
    asked = together(questions).entities
    error = {"message": "no", "path": ["_e0", 2, "deep"]}
    answer = {
        "data": {"_e0": asked["r0"], "_e1": asked["r1"]},
        "errors": [error],
        "extensions": {"masked": []},
    }
    found = parts(answer, questions)
    assert [each["data"] for each in found] == [{"_e0": own[0], "_e1": own[1]} for own in names]
    assert [each.get("errors") for each in found] == [
        None,
        None,
        [{"message": "no", "path": ["_e0", 1, "deep"]}],
    ]
    assert all(each["extensions"] == {"masked": []} for each in found)


def _question(n: int) -> Question:
    fetch = Fetch.of({"serviceName": "ledger", "operation": "query", "requires": ["id"]})
    return Question(fetch, b"", {}, {"representations": [{"id": n}]})


def _line(present: int) -> tuple[Gathering, Line]:
    lines = Gathering()
    line = lines.line("Ada", _question(0))
    assert line is not None
    for _ in range(present):
        line.enter()
    return lines, line


async def _ask(line: Line, ask: Any, n: int, first: bool = True) -> Any:
    return await line.answer(_question(n), ask, asyncio.get_running_loop().time() + 5, first=first)


async def _each(line: Line, ask: Any, count: int) -> list[str]:
    """The kinds of the answers."""
    found = await asyncio.gather(*(_ask(line, ask, n) for n in range(count)), return_exceptions=True)
    return [type(each).__name__ for each in found]
