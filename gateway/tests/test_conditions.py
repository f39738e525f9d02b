"""@skip and @include: by variables and constants, on fields and fragments, alone, nested and both at once."""

from itertools import product
from typing import Any

import pytest

CUSTOMER = """
type Query { customers(first: Int = 2): [Customer!]! customer(id: ID!): Customer anything: [Anything!]! }
type Mutation { touch(id: ID!): Customer }
type Customer @key(fields: "id") { id: ID! name: String! weight: Int friends: [Customer!]! }
type Company @key(fields: "id") { id: ID! title: String }
union Anything = Customer | Company
"""
SALES = """
type Customer @key(fields: "id") {
  id: ID! weight: Int @external leads(first: Int = 2): [Lead!]! postage: Int @requires(fields: "weight")
}
type Company @key(fields: "id") { id: ID! leads(first: Int = 2): [Lead!]! }
type Lead { id: ID! score: Int }
"""


def a_world(make: Any) -> Any:
    customers: list[dict[str, Any]] = [
        {"__typename": "Customer", "id": f"{n}", "name": f"Customer {n}", "weight": n, "leads_": 3 - n}
        for n in range(3)
    ]
    for customer in customers:
        customer["friends"] = [other for other in customers if other is not customer]
    company: dict[str, Any] = {"__typename": "Company", "id": "c", "title": "Acme", "leads_": 1}

    def leads(of: dict[str, Any], _: Any, first: int) -> list[dict[str, Any]]:
        return [{"id": f"{of['id']}-{n}", "score": n} for n in range(of["leads_"])][:first]

    def by_id(_: Any, id: str) -> Any:
        return next((c for c in customers if c["id"] == id), None)

    return make(
        roots={
            "Query": {
                "customers": lambda _, first: customers[:first],
                "customer": by_id,
                "anything": [customers[0], company],
            },
            "Mutation": {"touch": by_id},
        },
        entities={"Customer": {c["id"]: c for c in customers}, "Company": {"c": company}},
        resolvers={
            ("Customer", "leads"): leads,
            ("Company", "leads"): leads,
            ("Customer", "postage"): lambda customer, _: customer["weight"] * 10,
        },
    )


VARIABLES = {"$a": "$a: Boolean!", "$b": "$b: Boolean = true", "$n": "$n: Int = 1"}
QUERIES = {
    "on a field": "{ customers { name @skip(if: $a) id @include(if: $b) } }",
    "on a field of another service": """{ customers { id leads(first: $n) @include(if: $a) { id @skip(if:
      $b) } } }""",
    "on all that a service is asked": """{ customers { id leads @skip(if: $a) { id } postage @include(if:
      $b) } }""",
    "on a root field": "{ customers @skip(if: $a) { id } customer(id: 1) @include(if: $b) { postage } }",
    "on the typename": "{ __typename @skip(if: $a) customers { __typename @include(if: $b) t: __typename } }",
    "on everything": "{ customers @skip(if: $a) { id } }",
    "on everything below": """{ customers { name @skip(if: $a) leads @include(if: $b) { score @skip(if: $a)
      } } }""",
    "both on a field": """{ customers { id name @skip(if: $a) @include(if: $b) leads @include(if: $a)
      @skip(if: $b) { id } } }""",
    "on an inline fragment": """{ customers { id ... @skip(if: $a) { name leads { id } } ... @include(if:
      $b) { postage } } }""",
    "on a fragment with a type": """{ anything { ... on Customer @include(if: $a) { name }
      ... on Company @skip(if: $b) { title leads { id } } ... on Customer { id postage @skip(if: $b) } } }""",
    "on a named fragment": """{ customers { ...Much @include(if: $a) ...Little @skip(if: $b) id } }
      fragment Much on Customer { postage leads { ...Lead @skip(if: $b) } }
      fragment Little on Customer { name } fragment Lead on Lead { id score }""",
    "nested": """{ customers @include(if: $a) { friends @include(if: $b) {
      friends @skip(if: $b) { name } ... @include(if: $a) { leads { id @include(if: $b) score @skip(if: $b)
      } } } } }""",
    "twice on one field": """{ customers { name @skip(if: $a) name @include(if: $b) leads @skip(if: $a) { id
      } leads @include(if: $b) { score } } }""",
    "with the same key for two fields": """{ customers { x: name @include(if: $a) y: name @skip(if: $a) x:
      name @include(if: $b) } }""",
    "on what a service requires": "{ customers { weight @skip(if: $a) postage @include(if: $b) } }",
    "with constants": """{ customers { name @skip(if: true) id @include(if: true)
      postage @skip(if: false) @include(if: $a) leads @include(if: false) { id } } }""",
    "on introspection": """{ s: __schema @include(if: $a) { queryType { name @skip(if: $b) kind } }
      __type(name: "Lead") @skip(if: $b) { name } customers { id } }""",
    "on one of two aliases": """{ a: customers(first: $n) @skip(if: $a) { postage } b: customers(first: $n)
      @skip(if: $b) { leads { id } } }""",
}


@pytest.fixture(scope="module")
async def shared(graph: Any, world_type: Any) -> Any:
    return await graph(a_world(world_type), customer=CUSTOMER, sales=SALES)


@pytest.mark.parametrize("case", QUERIES)
async def test_what_is_skipped_is_not_there_and_all_else_is(shared: Any, case: str) -> None:
    used = [declared for name, declared in VARIABLES.items() if name in QUERIES[case]]
    query = f"query ({', '.join(used)}) {QUERIES[case]}"
    for a, b in product((True, False), (True, False, None)):
        given = {"a": a} | ({} if b is None or "$b" not in query else {"b": b})
        assert await shared(query, **given) == await shared.expected(query, **given)


async def test_a_service_of_whom_all_is_skipped_is_not_asked(shared: Any) -> None:
    query = "query ($all: Boolean!) { customers { name leads @include(if: $all) { id } } }"
    shared.subgraphs["sales"].requests.clear()
    await shared(query, all=False)
    assert shared.subgraphs["sales"].requests == []
    await shared(query, all=True)
    assert len(shared.subgraphs["sales"].requests) == 1


async def test_a_skipped_mutation_is_not_done(shared: Any) -> None:
    query = "mutation ($no: Boolean!) { touch(id: 1) @skip(if: $no) { name } __typename }"
    shared.subgraphs["customer"].requests.clear()
    assert await shared(query, no=True) == {"data": {"__typename": "Mutation"}}
    assert not any("touch" in request["query"] for request in shared.subgraphs["customer"].requests)
    assert await shared(query, no=False) == {
        "data": {"touch": {"name": "Customer 1"}, "__typename": "Mutation"}
    }


@pytest.mark.parametrize("value", [None, "yes", 1])
async def test_a_condition_must_be_true_or_false(shared: Any, value: Any) -> None:
    status, answer = await shared.post(
        {"query": "query ($a: Boolean!) { customers { id @skip(if: $a) } }", "variables": {"a": value}}
    )
    assert status == 400
    assert "$a" in answer["errors"][0]["message"]
    assert answer["errors"][0]["extensions"]["code"] == "INVALID"
