"""Fetches whose key stands in the arguments begin with the root fetch; what it does not give never shows."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from prometheus_client import REGISTRY

from chassis.testing import eventually
from gateway.settings import Settings

CUSTOMER = """
type Query {
  customer(id: ID!): Customer
  renamed(id: ID): Customer
  customers(id: [ID!]): [Customer!]
  party(id: ID!): Party
}
type Mutation { rename(id: ID!): Customer }
interface Party @key(fields: "id") { id: ID! }
type Customer implements Party @key(fields: "id") { id: ID! name: String! weight: Int }
"""
FINANCE = """
type Customer @key(fields: "id") {
  id: ID! credit: Int rating: Int weight: Int @external fee: Int @requires(fields: "weight")
}
"""
ADA = {"authorization": "Bearer ada"}


@pytest.fixture
async def ask(graph: Any, world_type: Any) -> Any:
    return await graph(world_of(world_type), customer=CUSTOMER, finance=FINANCE)


def world_of(world_type: Any) -> Any:
    customers: dict[str, Any] = {
        n: {"__typename": "Customer", "id": n, "name": f"Customer {n}", "credit": int(n), "weight": 3}
        for n in ("1", "2")
    }

    def customer(_: Any, id: str) -> Any:
        if id == "refused":
            raise PermissionError("Not for you")
        return customers.get(id)

    def renamed(_: Any, id: str | None = None) -> Any:
        return customers["2"]

    def all_of_them(_: Any, id: list[str] | None = None) -> Any:
        return list(customers.values())

    return world_type(
        roots={
            "Query": {
                "customer": customer,
                "renamed": renamed,
                "customers": all_of_them,
                "party": customer,
            },
            "Mutation": {"rename": customer},
        },
        entities={"Customer": {**customers, "refused": {"credit": 666}, "old": {"credit": 666}}},
        resolvers={("Customer", "fee"): lambda customer, _: customer["weight"] * 2},
    )


def speculated() -> dict[str, float]:
    """How many early fetches were used and dropped until now."""
    name = "gateway_fetches_speculated_total"
    return {way: REGISTRY.get_sample_value(name, {"outcome": way}) or 0 for way in ("used", "dropped")}


@pytest.fixture
def since() -> Callable[[], dict[str, float]]:
    """How many early fetches the test used and dropped."""
    before = speculated()
    return lambda: {way: count - before[way] for way, count in speculated().items()}


def asked_of(subgraph: Any) -> list[Any]:
    """The representations that a service was asked for, fetch by fetch."""
    return [
        next(v for v in request["variables"].values() if type(v) is list) for request in subgraph.requests
    ]


def of(*ids: str) -> list[dict[str, str]]:
    return [{"__typename": "Customer", "id": id} for id in ids]


async def test_both_fetches_are_under_way_together(ask: Any, since: Any) -> None:
    finance, customer = ask.subgraphs["finance"], ask.subgraphs["customer"]

    async def wait_for_finance(_: web.Request) -> web.StreamResponse:
        await eventually(lambda: finance.requests, timeout=2)
        return web.json_response({"data": {"customer": {"__typename": "Customer", "id": "1", "name": "A"}}})

    customer.misbehave = wait_for_finance
    answer = await ask('{ customer(id: "1") { name credit } }', ADA)
    assert answer == {"data": {"customer": {"name": "A", "credit": 1}}}
    assert asked_of(finance) == [of("1")]
    assert [headers["Authorization"] for headers in finance.headers] == ["Bearer ada"]
    assert since() == {"used": 1, "dropped": 0}


async def test_it_can_be_switched_off(graph: Any, world_type: Any, since: Any) -> None:
    settings = Settings(environment="local", speculation=False)
    ask = await graph(world_of(world_type), settings=settings, customer=CUSTOMER, finance=FINANCE)
    assert await ask('{ customer(id: "3") { credit } }') == {"data": {"customer": None}}
    assert await ask('{ customer(id: "1") { credit } }') == {"data": {"customer": {"credit": 1}}}
    assert asked_of(ask.subgraphs["finance"]) == [of("1")]
    assert since() == {"used": 0, "dropped": 0}


async def garbage(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>", status=502)


async def hanging(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(2)
    return web.Response()


async def revealing(_: web.Request) -> web.StreamResponse:
    errors = [{"message": "secret", "path": ["_entities", 0, "credit"], "extensions": {"code": "CONFLICT"}}]
    return web.json_response({"data": {"_entities": [{"credit": 666}]}, "errors": errors})


@pytest.mark.parametrize("how", [None, garbage, hanging, revealing])
@pytest.mark.parametrize("id", ["3", "refused"])
async def test_nothing_of_a_missing_or_refused_entity_shows(ask: Any, since: Any, how: Any, id: str) -> None:
    ask.subgraphs["finance"].misbehave = how
    answer = await ask(f'{{ customer(id: "{id}") {{ name credit }} }}')
    assert answer["data"] == {"customer": None}
    assert "extensions" not in answer
    expected = [(["customer"], "customer")] if id == "refused" else []
    assert [(e["path"], e["extensions"]["service"]) for e in answer.get("errors", ())] == expected
    assert since() == {"used": 0, "dropped": 1}


async def test_nothing_shows_when_the_root_cannot_be_had(ask: Any, since: Any) -> None:
    ask.subgraphs["customer"].misbehave = garbage
    answer = await ask('{ customer(id: "1") { name credit } }')
    assert answer["data"] == {"customer": None}
    assert [part["service"] for part in answer["extensions"]["parts"]] == ["customer"]
    assert since() == {"used": 0, "dropped": 1}


@pytest.mark.parametrize("how", [None, revealing])
async def test_an_entity_with_another_key_is_fetched_anew(ask: Any, since: Any, how: Any) -> None:
    finance = ask.subgraphs["finance"]

    async def misbehave_once(request: web.Request) -> web.StreamResponse:
        finance.misbehave = None
        return await revealing(request)

    finance.misbehave = misbehave_once if how else None
    answer = await ask('{ renamed(id: "old") { id credit } }')
    assert answer == {"data": {"renamed": {"id": "2", "credit": 2}}}
    assert asked_of(finance) == [of("old"), of("2")]
    assert since() == {"used": 0, "dropped": 1}


async def test_an_entity_of_another_type_is_fetched_anew(ask: Any, since: Any) -> None:
    async def of_another_type(_: web.Request) -> web.StreamResponse:
        return web.json_response({"data": {"customer": {"__typename": "Supplier", "id": "1", "name": "A"}}})

    ask.subgraphs["customer"].misbehave = of_another_type
    answer = await ask('{ customer(id: "1") { name credit } }')
    assert "1" not in str(answer["data"])
    assert since() == {"used": 0, "dropped": 1}


async def test_a_key_that_was_not_given_starts_nothing(ask: Any, since: Any) -> None:
    query = "query($id: ID) { renamed(id: $id) { credit } }"
    assert await ask(query) == {"data": {"renamed": {"credit": 2}}}
    assert await ask(query, id=None) == {"data": {"renamed": {"credit": 2}}}
    assert asked_of(ask.subgraphs["finance"]) == [of("2"), of("2")]
    assert since() == {"used": 0, "dropped": 0}


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ('{ customers(id: ["1"]) { credit } }', {"customers": [{"credit": 1}, {"credit": 2}]}),
        ('{ party(id: "1") { ... on Customer { credit } } }', {"party": {"credit": 1}}),
        ('{ customer(id: "1") { fee } }', {"customer": {"fee": 6}}),
        ('mutation { rename(id: "1") { credit } }', {"rename": {"credit": 1}}),
    ],
    ids=["a list", "an abstract type", "more than the key", "a mutation"],
)
async def test_what_the_arguments_do_not_tell_is_not_guessed(
    ask: Any, since: Any, query: str, data: Any
) -> None:
    assert await ask(query) == {"data": data}
    assert len(ask.subgraphs["finance"].requests) == 1
    assert since() == {"used": 0, "dropped": 0}


async def test_two_entities_in_one_query_are_both_guessed(ask: Any, since: Any) -> None:
    query = "query($a: ID!, $b: ID!) { a: customer(id: $a) { credit } b: customer(id: $b) { name credit } }"
    answer = await ask(query, a="1", b="2")
    assert answer == {"data": {"a": {"credit": 1}, "b": {"name": "Customer 2", "credit": 2}}}
    assert since() == {"used": 1, "dropped": 0}
    answer = await ask(query, a="1", b="1")
    assert answer == {"data": {"a": {"credit": 1}, "b": {"name": "Customer 1", "credit": 1}}}
    assert since() == {"used": 2, "dropped": 0}
    answer = await ask(query, a="3", b="2")
    assert answer == {"data": {"a": None, "b": {"name": "Customer 2", "credit": 2}}}
    assert since() == {"used": 2, "dropped": 1}


async def test_a_guessed_fetch_that_fails_is_told_once(ask: Any) -> None:
    ask.subgraphs["finance"].misbehave = garbage
    answer = await ask('{ customer(id: "1") { name credit } }')
    assert answer["data"] == {"customer": {"name": "Customer 1", "credit": None}}
    assert [error["path"] for error in answer["errors"]] == [["customer", "credit"]]
    assert [part["service"] for part in answer["extensions"]["parts"]] == ["finance"]
