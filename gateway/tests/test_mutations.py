"""Mutations: one after the other whatever service does them, each once, with whatever is read after it."""

from typing import Any

import pytest
from aiohttp import web

CUSTOMER = """
type Query { customer(id: ID!): Customer }
type Mutation { rename(id: ID!, name: String!): Customer note(text: String!): Int! @shareable refuse:
  Customer }
type Customer @key(fields: "id") { id: ID! name: String! }
"""
SALES = """
type Query { count: Int! }
type Mutation { open(customer: ID!): Lead! note(text: String!): Int! @shareable close: Int! }
type Customer @key(fields: "id") { id: ID! leads: Int! }
type Lead @key(fields: "id") { id: ID! customer: Customer! }
"""
FINANCE = """
type Query { paid: Int! }
type Mutation { pay(lead: ID!): Lead }
type Lead @key(fields: "id") { id: ID! paid: Boolean }
"""


@pytest.fixture
async def ask(graph: Any, world_type: Any) -> Any:
    customers = {n: {"__typename": "Customer", "id": n, "name": f"Customer {n}", "leads": 0} for n in "12"}
    leads: dict[str, Any] = {}
    entries: list[str] = []

    def note(_: Any, text: str) -> int:
        entries.append(text)
        return len(entries)

    def rename(_: Any, id: str, name: str) -> Any:
        entries.append(f"rename {id} {name}")
        customers[id]["name"] = name
        return dict(customers[id])

    def open_lead(_: Any, customer: str) -> Any:
        entries.append(f"open {customer}")
        customers[customer]["leads"] += 1  # type: ignore[operator]
        id = f"l{len(leads)}"
        leads[id] = {"__typename": "Lead", "id": id, "customer": customers[customer], "paid": False}
        return leads[id]

    def pay(_: Any, lead: str) -> Any:
        entries.append(f"pay {lead}")
        leads[lead]["paid"] = True
        return leads[lead]

    def fail(*_: Any) -> Any:
        entries.append("failed")
        raise PermissionError("not you")

    world = world_type(
        roots={
            "Query": {"customer": lambda _, id: customers.get(id), "count": lambda _: len(leads), "paid": 0},
            "Mutation": {
                "rename": rename,
                "note": note,
                "open": open_lead,
                "pay": pay,
                "refuse": fail,
                "close": fail,
            },
        },
        entities={"Customer": customers, "Lead": leads},
    )
    asked = await graph(world, customer=CUSTOMER, sales=SALES, finance=FINANCE)
    asked.entries = entries
    return asked


async def test_they_run_in_the_order_of_the_document_across_services(ask: Any) -> None:
    answer = await ask("""mutation {
      a: rename(id: 1, name: "A") { name } b: open(customer: 1) { id } c: pay(lead: "l0") { id }
      d: rename(id: 2, name: "B") { name } e: open(customer: 2) { id } f: note(text: "end") }""")
    assert "errors" not in answer
    assert list(answer["data"]) == ["a", "b", "c", "d", "e", "f"]
    assert ask.entries == ["rename 1 A", "open 1", "pay l0", "rename 2 B", "open 2", "end"]


async def test_the_same_one_twice_is_done_twice(ask: Any) -> None:
    answer = await ask("""mutation {
      one: note(text: "x") two: note(text: "x") note(text: "x") ...M } fragment M on Mutation { four:
      note(text: "x") }
    """)
    assert answer == {"data": {"one": 1, "two": 2, "note": 3, "four": 4}}


async def test_one_field_selected_twice_is_done_once(ask: Any) -> None:
    answer = await ask("""mutation { open(customer: 1) { id } ... on Mutation {
      open(customer: 1) { customer { name } } } }""")
    assert answer == {"data": {"open": {"id": "l0", "customer": {"name": "Customer 1"}}}}
    assert ask.entries == ["open 1"]


async def test_what_is_read_after_one_is_as_it_left_it(ask: Any) -> None:
    answer = await ask("""mutation {
      open(customer: 1) { id paid who: customer { n: name leads } }
      pay(lead: "l0") { paid customer { leads } } }""")
    assert answer == {
        "data": {
            "open": {"id": "l0", "paid": False, "who": {"n": "Customer 1", "leads": 1}},
            "pay": {"paid": True, "customer": {"leads": 1}},
        }
    }


async def test_one_that_fails_leaves_the_others(ask: Any) -> None:
    answer = await ask('mutation { a: note(text: "a") no: refuse { name } b: note(text: "b") }')
    assert answer["data"] == {"a": 1, "no": None, "b": 3}
    assert [error["path"] for error in answer["errors"]] == [["no"]]
    assert ask.entries == ["a", "failed", "b"]


async def test_a_service_that_is_down_fails_its_own(ask: Any) -> None:
    async def down(_: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    ask.subgraphs["finance"].misbehave = down
    answer = await ask('mutation { open(customer: 2) { id paid } pay(lead: "l0") { id } note(text: "z") }')
    assert answer["data"] == {"open": {"id": "l0", "paid": None}, "pay": None, "note": 2}
    assert sorted(error["path"] for error in answer["errors"]) == [["open", "paid"], ["pay"]]


async def test_introspection_among_them_is_answered(ask: Any) -> None:
    answer = await ask('mutation { __typename t: __typename note(text: "a") }')
    assert answer == {"data": {"__typename": "Mutation", "t": "Mutation", "note": 1}}
