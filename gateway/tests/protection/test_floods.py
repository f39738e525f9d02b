"""What chance sends: `make protection` sends 10 000 requests of each kind, a test run PROTECTION_CASES."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from hypothesis_graphql import nodes

ROOT = Path(__file__).parents[3]
SCHEMA = ROOT / "gateway" / "schema.graphql"
CASES = int(os.environ.get("PROTECTION_CASES", "200"))
SEED = int(os.environ.get("PROTECTION_SEED", "1"))
AT_ONCE = 16
PORTION = 500  # hypothesis remembers all that it generated at once
GROWTH_MB = 300
PRIVATE = '{ customer(id: "1") { name } }'
WORDS = (
    *("{", "}", "(", ")", "[", "]", "-", "&", "=", "#", '"""', "\\u{10FFFF}", "\ufeff", "é", "null", "1e999"),
    *("query", "mutation", "subscription", "fragment A on Query", "...A", "... on Customer"),
    *("$x", ": ID!", "@skip(if: true)", "@include(if: $x)"),
    *("customer", '(id: "1")', "customers(first: 3)", "name", "id", "__typename"),
)
NAMES = ("query", "variables", "operationName", "extensions", "")
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 2**63, 1e308, "", "\0", "\u202e", "{ __typename }"),
    *([], {}, [[]], {"": None}, {"id": []}),
)
HEADERS = (
    {"accept": "é;q=x,,;"},
    {"accept-encoding": "br;q=,gzip;;"},
    {"authorization": "Bearer " + "x." * 500},
    {"content-type": "application/json; charset=utf-16"},
    {"traceparent": "00-zz"},
    {"x-request-id": "a b\u00ff"},
)

Sent = tuple[bytes, dict[str, str]]


def random_bodies(count: int) -> Iterator[Sent]:
    """Bodies from mere noise to requests that are nearly right."""
    chance = random.Random(SEED)
    right = orjson.dumps(
        {"query": (ROOT / "docs/graphql/customer360.graphql").read_text(), "variables": {"id": "1"}}
    )
    for number in range(count):
        yield _KINDS[number % len(_KINDS)](chance, right), _headers(chance)


def _noise(chance: random.Random, _: bytes) -> bytes:
    return chance.randbytes(chance.choice((0, 1, 7, 64, 1_000, 20_000)))


def _damaged(chance: random.Random, right: bytes) -> bytes:
    body = bytearray(right)
    for _ in range(chance.choice((1, 3, 30))):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return bytes(body)


def _cut(chance: random.Random, right: bytes) -> bytes:
    start, end = sorted(chance.sample(range(len(right)), 2))
    return right[:start] + right[end:]


def _strange_json(chance: random.Random, _: bytes) -> bytes:
    return orjson.dumps({chance.choice(NAMES): chance.choice(VALUES) for _ in range(4)})


def _strange_document(chance: random.Random, _: bytes) -> bytes:
    text = " ".join(chance.choices(WORDS, k=chance.choice((3, 10, 100))))
    query = f"{{ {text} }}" if chance.random() < 0.5 else text
    return orjson.dumps({"query": query, "variables": {"x": chance.random()}})


_KINDS = (_noise, _damaged, _cut, _strange_json, _strange_document)


def _headers(chance: random.Random) -> dict[str, str]:
    return dict(chance.choice(HEADERS)) if chance.random() < 0.5 else {}


async def flood(gateway: Any, requests: Iterator[Sent]) -> Counter[int]:
    """Send the requests, many at once over kept connections; returns how often each status was answered."""
    statuses: Counter[int] = Counter()

    async def caller() -> None:
        for body, headers in requests:
            status, answer, _ = await gateway.send(body, headers)
            assert status < 500, (answer, body[:2_000], headers, gateway.log.read_text()[-1_000:])
            assert "data" in answer or answer["errors"][0]["extensions"]["code"], body[:2_000]
            statuses[status] += 1

    async with asyncio.TaskGroup() as callers:
        for _ in range(AT_ONCE):
            callers.create_task(caller())
    return statuses


async def bounded(gateway: Any, flooding: Callable[[], Awaitable[Counter[int]]]) -> Counter[int]:
    """What a flood is answered, when the memory stays within bounds and the gateway works afterwards."""
    before = gateway.megabytes()
    statuses = await flooding()
    assert gateway.megabytes() - before < GROWTH_MB
    assert (await gateway.ask(PRIVATE))[0] == 200
    return statuses


async def test_random_bodies_are_answered_in_order_in_time_and_in_bounds(gateway: Any) -> None:
    statuses = await bounded(gateway, lambda: flood(gateway, random_bodies(CASES)))
    assert statuses.total() == CASES
    assert statuses[400] > CASES / 2


@pytest.fixture(scope="module")
def operations() -> SearchStrategy[Any]:
    """Operations that fit our schema, with arguments from the edges of their types."""
    for name, values in {
        "Decimal": st.decimals(allow_nan=False, allow_infinity=False).map(str),
        "Date": st.dates().map(str),
        "DateTime": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
        "Condition": st.text(),
        "JSON": st.text(),
    }.items():
        schemathesis.graphql.scalar(name, values.map(nodes.String))
    found: SearchStrategy[Any] = schemathesis.graphql.from_path(str(SCHEMA)).as_strategy()
    return found


def generated(operations: SearchStrategy[Any], number: int) -> list[bytes]:
    """The requests of one portion, the same for the same number."""
    found: list[bytes] = []

    @seed(SEED * 1_000 + number)
    @settings(
        max_examples=min(CASES, PORTION),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operations)
    def collect(case: Any) -> None:
        found.append(orjson.dumps({"query": case.body}))

    collect()
    return found


async def test_generated_operations_are_answered_in_order_in_time_and_in_bounds(
    gateway: Any, operations: SearchStrategy[Any]
) -> None:
    async def flooding() -> Counter[int]:
        statuses: Counter[int] = Counter()
        number = 0
        while statuses.total() < CASES:
            bodies = await asyncio.to_thread(generated, operations, number)
            statuses += await flood(gateway, ((body, dict[str, str]()) for body in bodies))
            number += 1
        return statuses

    statuses = await bounded(gateway, flooding)
    assert statuses[200] > CASES / 2
