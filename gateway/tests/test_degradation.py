"""A service that is down, slow or broken costs only its own fields."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from aiohttp import web

from gateway.settings import Settings

CUSTOMER = """
type Query { customer(id: ID!): Customer customers: [Customer!]! }
type Mutation { pay(id: ID!): Customer }
type Customer @key(fields: "id") { id: ID! name: String! weight: Int }
"""
FINANCE = """
type Query { balance: Int total: Int! }
type Customer @key(fields: "id") {
  id: ID! credit: Credit rating: Int! weight: Int @external fee: Int @requires(fields: "weight")
}
type Credit { limit: Int! currency: String }
"""
LOGISTICS = """
type Customer @key(fields: "id") { id: ID! weight: Int @shareable parcels: [Parcel!] }
type Parcel { id: ID! }
"""


@pytest.fixture
async def ask(graph: Any, world_type: Any) -> Any:
    customers: dict[str, dict[str, Any]] = {
        n: {
            "id": n,
            "name": f"Customer {n}",
            "credit": {"limit": 5, "currency": None},
            "rating": 1,
            "weight": 3,
        }
        for n in ("1", "2")
    }
    customers["2"]["refuses"] = ["finance"]
    world = world_type(
        roots={
            "Query": {
                "customer": lambda _, id: customers.get(id),
                "customers": list(customers.values()),
                "balance": 7,
                "total": 9,
            },
            "Mutation": {"pay": lambda _, id: customers[id]},
        },
        entities={"Customer": customers},
        resolvers={("Customer", "fee"): lambda customer, _: customer["weight"] * 2},
    )
    settings = Settings(environment="production", subgraph_seconds=0.3)
    return await graph(world, settings=settings, customer=CUSTOMER, finance=FINANCE)


async def hanging(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(2)
    return web.Response()


async def garbage(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>Traceback (most recent call last)", status=502)


async def nonsense(_: web.Request) -> web.StreamResponse:
    return web.json_response([1, 2])


async def erring(_: web.Request) -> web.StreamResponse:
    return web.json_response({"errors": [{"message": "Traceback", "extensions": {"stacktrace": ["line 1"]}}]})


async def reset(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


BROKEN = {
    "hanging": (hanging, "UNAVAILABLE", "DEADLINE_EXCEEDED", "finance did not answer within 0.3 s"),
    "garbage": (
        garbage,
        "UNAVAILABLE",
        "MALFORMED",
        "finance answered HTTP 502 with something that is not JSON",
    ),
    "nonsense": (
        nonsense,
        "UNAVAILABLE",
        "MALFORMED",
        "finance answered HTTP 200 with something that is not GraphQL",
    ),
    "reset": (reset, "UNAVAILABLE", "CONNECTION_LOST", "finance broke the connection off"),
    "erring": (erring, "INTERNAL", "ERRORS", "finance could not answer this; its log tells why"),
}


@pytest.mark.parametrize("how", BROKEN)
async def test_a_broken_service_costs_only_its_fields_and_the_answer_says_why(ask: Any, how: str) -> None:
    ask.subgraphs["finance"].misbehave, code, cause, reason = BROKEN[how]
    answer = await ask('{ customer(id: "1") { name who: id money: credit { limit } } balance }')
    assert answer["data"] == {"customer": {"name": "Customer 1", "who": "1", "money": None}, "balance": None}
    part = {"service": "finance", "code": code, "cause": cause, "reason": reason}
    assert answer["extensions"]["parts"] == [part]
    extensions = {"code": code, "service": "finance"}
    assert sorted(answer["errors"], key=str) == [
        {"message": reason, "path": ["balance"], "extensions": extensions},
        {"message": reason, "path": ["customer", "money"], "extensions": extensions},
    ]


async def test_a_service_that_is_gone_is_unavailable(ask: Any, graph: Any) -> None:
    ask.subgraphs["finance"].misbehave = reset
    assert (await ask("{ balance }"))["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    ask.subgraphs["finance"].misbehave = None
    assert await ask("{ balance }") == {"data": {"balance": 7}}


async def test_a_null_where_none_may_be_takes_its_parent_along(ask: Any) -> None:
    ask.subgraphs["finance"].misbehave = garbage
    answer = await ask('{ customer(id: "1") { name rating } balance }')
    assert answer["data"] == {"customer": None, "balance": None}
    answer = await ask("{ total }")
    assert answer["data"] is None
    assert answer["errors"][0]["path"] == ["total"]


async def test_an_entity_that_a_service_refuses_is_named_by_its_place(ask: Any) -> None:
    answer = await ask("{ customers { name credit { limit } } }")
    assert answer["data"]["customers"] == [
        {"name": "Customer 1", "credit": {"limit": 5}},
        {"name": "Customer 2", "credit": None},
    ]
    [error] = answer["errors"]
    assert error["path"] == ["customers", 1]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "parts" not in answer.get("extensions", {})


async def test_a_mutation_is_never_sent_twice(ask: Any) -> None:
    calls = []

    async def lose_the_answer(request: web.Request) -> web.StreamResponse:
        calls.append(await request.json())
        return await reset(request)

    ask.subgraphs["customer"].misbehave = lose_the_answer
    answer = await ask('mutation { pay(id: "1") { name } }')
    assert answer["data"] == {"pay": None}
    assert len(calls) == 1


async def test_no_service_computes_from_what_another_failed_to_give(graph: Any, world_type: Any) -> None:
    customers = {"1": {"id": "1", "name": "A", "weight": 3}}
    world = world_type(
        roots={"Query": {"customer": lambda _, id: customers.get(id)}},
        entities={"Customer": customers},
        resolvers={("Customer", "fee"): lambda customer, _: customer["weight"] * 2},
    )
    ask = await graph(
        world,
        settings=Settings(environment="local", subgraph_seconds=0.3),
        customer=CUSTOMER.replace("weight: Int", ""),
        finance=FINANCE,
        logistics=LOGISTICS.replace("@shareable", ""),
    )
    query = '{ customer(id: "1") { name fee } }'
    assert await ask(query) == {"data": {"customer": {"name": "A", "fee": 6}}}
    ask.subgraphs["logistics"].misbehave = garbage
    ask.subgraphs["finance"].requests.clear()
    answer = await ask(query)
    assert answer["data"] == {"customer": {"name": "A", "fee": None}}
    assert answer["extensions"]["parts"][0]["service"] == "logistics"
    assert ask.subgraphs["finance"].requests == []


async def test_what_services_keep_back_is_told_once_for_the_whole_answer(ask: Any) -> None:
    def kept(type: str, field: str) -> dict[str, str]:
        return {"type": type, "field": field, "reason": f"{field} is kept from your roles"}

    name, limit = kept("Customer", "name"), kept("Credit", "limit")
    for service, fields in (("customer", [name]), ("finance", [limit, name])):
        _also_telling(ask.subgraphs[service], {"masked": fields})

    answer = await ask('{ customer(id: "1") { name credit { limit } } }')

    assert "errors" not in answer
    assert sorted(answer["extensions"]["masked"], key=str) == sorted([name, limit], key=str)


def _also_telling(subgraph: Any, extensions: Mapping[str, Any]) -> None:
    async def reply(request: web.Request) -> web.StreamResponse:
        subgraph.misbehave = None
        answer = await subgraph._serve(request)
        subgraph.misbehave = reply
        return web.json_response({**orjson.loads(answer.body), "extensions": extensions})

    subgraph.misbehave = reply
