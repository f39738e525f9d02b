"""Companies: registered once in every spelling, changed with care, listed by page."""

import runpy
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from google.protobuf import json_format
from sqlalchemy import text

from chassis import idempotency
from chassis.cleaning.companies import name_key
from chassis.cleaning.sorting import sort_key
from chassis.database import Database, now
from chassis.testing import Graph, deliver, employee, outbox, statements
from customer.consumers import HANDLERS
from roundel.customer.v1 import customer_events_pb2 as events
from roundel.sales.v1 import sales_events_pb2 as sales

REGISTER = (
    "mutation($input: RegisterCustomerInput!) { registerCustomer(input: $input) { customer { id version } } }"
)


async def register(graph: Graph, name: str, **profile: object) -> str:
    answer = await graph(REGISTER, {"input": {"name": name, "profile": profile}})
    assert not answer.errors
    return str(answer.data["registerCustomer"]["customer"]["id"])


@pytest.mark.feature("F10", "F12")
async def test_a_registered_company_is_told_to_the_others(graph: Graph, database: Database) -> None:
    id = await register(graph, "上海示例科技有限公司", industry="制造业-汽车零配件", region="East")

    [told] = await outbox(database)
    assert told.type == "roundel.customer.v1.CustomerRegistered"
    event = json_format.ParseDict(told.data, events.CustomerRegistered())
    assert (event.customer_id, event.version, event.industry) == (id, 1, "制造业-汽车零配件")


@pytest.mark.feature("F108")
async def test_whose_customers_are_is_told_anew_to_services_that_did_not_keep_it_then(
    graph: Graph, database: Database
) -> None:
    owned, nobodys = uuid4(), await register(graph, "Acme Corporation")
    id = await register(graph, "Bolt Limited", ownerId=str(owned))
    [upgrade] = (Path(__file__).parents[1] / "migrations/versions").glob("*_tell_who_owns_customers.py")
    heard = len(await outbox(database))

    async with database.transaction() as session:
        await session.execute(text(runpy.run_path(str(upgrade))["TELL"]))

    told = (await outbox(database))[heard:]
    assert {event.type for event in told} == {"roundel.customer.v1.CustomerOwned"}
    assert [json_format.ParseDict(event.data, events.CustomerOwned()) for event in told] == [
        events.CustomerOwned(customer_id=nobodys, version=1),
        events.CustomerOwned(customer_id=id, version=1, owner_id=str(owned)),
    ]


async def test_another_spelling_of_a_known_name_is_refused_and_tells_nobody(
    graph: Graph, database: Database
) -> None:
    id = await register(graph, "上海示例科技有限公司")

    answer = await graph(REGISTER, {"input": {"name": "上海示例科技(股份有限公司)"}})

    assert answer.codes == ["CONFLICT"]
    assert answer.errors[0]["extensions"]["facts"] == {"customerId": id}
    assert len(await outbox(database)) == 1


async def test_a_repeated_key_registers_once_and_answers_alike(graph: Graph, database: Database) -> None:
    caller = employee()
    asked = {"input": {"name": "Acme Corporation", "idempotencyKey": "k1"}}

    first = await graph(REGISTER, asked, by=caller)
    second = await graph(REGISTER, asked, by=caller)

    assert first.data == second.data
    assert len(await outbox(database)) == 1


async def test_a_repeated_key_with_another_body_is_a_conflict(graph: Graph, database: Database) -> None:
    caller = employee()
    await graph(REGISTER, {"input": {"name": "Acme", "idempotencyKey": "k1"}}, by=caller)

    answer = await graph(REGISTER, {"input": {"name": "Bolt", "idempotencyKey": "k1"}}, by=caller)

    assert answer.codes == ["CONFLICT"]
    assert len(await outbox(database)) == 1


async def test_a_key_is_forgotten_after_its_days(graph: Graph, database: Database) -> None:
    caller = employee()
    asked = {"input": {"name": "Acme", "idempotencyKey": "k1"}}
    await graph(REGISTER, asked, by=caller)
    async with database.transaction() as session:
        await idempotency.forget(session, before=now() - timedelta(days=7))
    assert not (await graph(REGISTER, asked, by=caller)).errors

    async with database.transaction() as session:
        await idempotency.forget(session, before=now())
    assert (await graph(REGISTER, asked, by=caller)).codes == ["CONFLICT"]  # by name: done anew


async def test_a_stale_version_is_a_conflict_that_names_the_current_one(graph: Graph) -> None:
    id = await register(graph, "Acme")
    update = (
        "mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { region } } }"
    )
    await graph(update, {"input": {"id": id, "expectedVersion": 1, "profile": {"region": "East"}}})

    answer = await graph(update, {"input": {"id": id, "expectedVersion": 1, "profile": {"region": "West"}}})

    assert answer.codes == ["CONFLICT"]
    assert answer.errors[0]["extensions"]["facts"] == {"currentVersion": 2}


@pytest.mark.parametrize(
    ("input", "code"),
    [
        ({"name": "Acme", "profile": {"revenue": {"amount": "-1", "currency": "USD"}}}, "INVALID"),
        ({"name": "Acme", "profile": {"revenue": {"amount": "1"}}}, "INVALID"),
        ({"name": "Acme", "profile": {"revenue": {"amount": "NaN", "currency": "USD"}}}, "INVALID"),
        ({"name": "Acme", "profile": {"status": "FAMOUS"}}, "INVALID"),
        ({"name": "Acme", "profile": {"ownerId": "me"}}, "INVALID"),
        ({"name": "  "}, "INVALID"),
    ],
)
async def test_bad_input_is_refused_whole(
    graph: Graph, database: Database, input: dict[str, object], code: str
) -> None:
    answer = await graph(REGISTER, {"input": input})

    assert answer.codes == [code]
    assert not await outbox(database)


async def test_who_lacks_the_grant_is_refused(graph: Graph, database: Database) -> None:
    reader = employee("customer:read")

    assert (await graph(REGISTER, {"input": {"name": "Acme"}}, by=reader)).codes == ["FORBIDDEN"]
    assert not await outbox(database)


async def test_pages_go_through_all_customers_once_in_both_directions(graph: Graph) -> None:
    for name in ("张三科技", "Acme", "李四贸易", "Zeta", "王五"):
        await register(graph, name)
    query = """query($after: String, $before: String, $first: Int, $last: Int) {
      customers(sort: {by: NAME}, first: $first, after: $after, last: $last, before: $before) {
        nodes { name } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""

    names, cursor = [], None
    while True:
        page = (await graph(query, {"first": 2, "after": cursor})).data["customers"]
        names += [node["name"] for node in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert names == ["Acme", "李四贸易", "王五", "Zeta", "张三科技"]  # Li, Wang, Ze…, Zhang
    assert page["totalCount"] == 5

    back = (await graph(query, {"last": 2, "before": page["pageInfo"]["startCursor"]})).data["customers"]
    assert [node["name"] for node in back["nodes"]] == ["王五", "Zeta"]
    assert back["pageInfo"]["hasPreviousPage"] is True


async def test_a_malformed_cursor_and_a_page_too_large_are_refused(graph: Graph) -> None:
    assert (await graph('{ customers(after: "xyz") { totalCount } }')).codes == ["INVALID"]
    assert (await graph("{ customers(first: 101) { totalCount } }")).codes == ["LIMIT"]


async def test_filters_combine(graph: Graph) -> None:
    await register(graph, "Acme", region="East", industry="retail")
    await register(graph, "Bolt", region="West", industry="retail")
    await register(graph, "Cube", region="North")
    query = (
        "query($filter: CustomerFilter) { customers(filter: $filter, sort: {by: NAME}) { nodes { name } } }"
    )

    async def found(filter: dict[str, object]) -> list[str]:
        answer = await graph(query, {"filter": filter})
        return [node["name"] for node in answer.data["customers"]["nodes"]]

    assert await found({"region": {"in": ["East", "North"]}}) == ["Acme", "Cube"]
    assert await found({"industry": {"isEmpty": True}}) == ["Cube"]
    assert await found({"not": {"industry": {"eq": "retail"}}}) == ["Cube"]
    assert await found({"or": [{"name": {"startsWith": "a"}}, {"region": {"eq": "West"}}]}) == [
        "Acme",
        "Bolt",
    ]


async def test_entities_of_many_customers_cost_one_statement_a_loader(
    graph: Graph, database: Database
) -> None:
    ids = [await register(graph, name) for name in ("Acme", "Bolt", "Cube")]
    query = """query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer {
      name contacts(first: 3) { nodes { name } totalCount }
      interactions(first: 3) { nodes { subject } } } } }"""
    representations = [{"__typename": "Customer", "id": id} for id in ids]

    with statements(database) as ran:
        answer = await graph(query, {"r": representations})

    assert [entity["name"] for entity in answer.data["_entities"]] == ["Acme", "Bolt", "Cube"]
    assert 0 < len(ran) <= 4  # customers, contacts, their count, interactions


async def test_a_signature_makes_a_signed_customer_once(graph: Graph, database: Database) -> None:
    id = await register(graph, "Acme")
    signed = sales.ContractSigned(contract_id=str(uuid4()), customer_id=id, version=1)

    await deliver(database, "customer", HANDLERS, signed, id=UUID(int=7))
    await deliver(database, "customer", HANDLERS, signed, id=UUID(int=7))

    answer = await graph("query($id: ID!) { customer(id: $id) { status version } }", {"id": id})
    assert answer.data["customer"] == {"status": "SIGNED", "version": 2}


def test_names_have_one_key_in_every_spelling() -> None:
    assert name_key("ＡＣＭＥ, Inc.") == name_key("Acme") == "acme"
    assert name_key("上海示例科技有限公司") == name_key("上海示例科技（股份有限公司）")
    assert name_key("Co Ltd") == "coltd"
    assert sort_key("重庆") == "zhong qing" or sort_key("重庆") == "chong qing"
