"""What the graph tells of the past of a record."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import any_, select

from chassis.access import Principal
from chassis.access.rights import People, Rights
from chassis.access.roles import parse
from chassis.access.scope import ids
from chassis.database import Database, now, uuid7
from chassis.exporting.exports import follow
from chassis.testing import Graph, deliver, employee, eventually, statements
from customer.consumers import HANDLERS
from customer.contacts.models import Contact
from customer.contacts.queries import CONTACTS
from customer.context import Context
from roundel.sales.v1.sales_events_pb2 import ContractSigned

pytestmark = pytest.mark.feature("F109")

REGISTER = """mutation($input: RegisterCustomerInput!) {
    registerCustomer(input: $input) { customer { id version } } }"""
UPDATE = "mutation($input: UpdateCustomerInput!) { updateCustomer(input: $input) { customer { version } } }"
HISTORY = """query($id: ID!, $first: Int, $field: String, $since: DateTime, $after: String) {
    customer(id: $id) { history(first: $first, field: $field, since: $since, after: $after) {
        totalCount pageInfo { endCursor hasNextPage } nodes {
            action object recordId version operation channel reason actorName actorKind actor { id }
            onBehalfOf { id } changes { field before after } } } } }"""
SEARCH = """query($filter: AuditFilter) { customerAudit(filter: $filter) {
    nodes { id object action operation recordId } } }"""


async def registered(graph: Graph, name: str = "ACME", **profile: Any) -> str:
    answer = await graph(REGISTER, {"input": {"name": name, "profile": profile}})
    assert not answer.errors
    id: str = answer.data["registerCustomer"]["customer"]["id"]
    return id


async def test_the_history_of_a_record_tells_who_changed_what_and_why(graph: Graph) -> None:
    ada, id = employee(), await registered(graph, region="华东")
    changed = await graph(
        UPDATE,
        {"input": {"id": id, "reason": "they moved", "profile": {"region": "华南", "ownerId": str(ada.id)}}},
        by=ada,
    )
    assert not changed.errors

    answer = await graph(HISTORY, {"id": id})

    history = answer.data["customer"]["history"]
    last, first = history["nodes"]
    assert (history["totalCount"], first["action"], first["version"]) == (2, "CREATED", 1)
    assert {"field": "name", "before": None, "after": "ACME"} in first["changes"]
    assert last == {
        "action": "UPDATED",
        "object": "customer",
        "recordId": id,
        "version": 2,
        "operation": "updateCustomer",
        "channel": "graphql",
        "reason": "they moved",
        "actorName": "Ada",
        "actorKind": "employee",
        "actor": {"id": str(ada.id)},
        "onBehalfOf": None,
        "changes": [
            {"field": "ownerId", "before": None, "after": str(ada.id)},
            {"field": "region", "before": "华东", "after": "华南"},
        ],
    }


async def test_what_an_event_changed_is_told_with_whom_it_was_for(graph: Graph, database: Database) -> None:
    id, signer = await registered(graph), uuid7()
    await deliver(database, "customer", HANDLERS, ContractSigned(customer_id=id), actor=signer)

    answer = await graph(HISTORY, {"id": id, "first": 1})

    [entry] = answer.data["customer"]["history"]["nodes"]
    assert (entry["channel"], entry["operation"]) == ("event", "roundel.sales.v1.ContractSigned")
    assert (entry["actorKind"], entry["actor"]) == ("service", None)
    assert entry["onBehalfOf"] == {"id": str(signer)}
    assert {"field": "status", "before": "contacted", "after": "signed"} in entry["changes"]


async def test_the_history_can_be_narrowed_and_paged(graph: Graph) -> None:
    id = await registered(graph)
    for region in ("a", "b", "c"):
        await graph(UPDATE, {"input": {"id": id, "profile": {"region": region}}})
    await graph(UPDATE, {"input": {"id": id, "profile": {"sizeBand": "0-50"}}})

    sizes = await graph(HISTORY, {"id": id, "field": "sizeBand"})
    assert [entry["version"] for entry in sizes.data["customer"]["history"]["nodes"]] == [5]
    page = (await graph(HISTORY, {"id": id, "first": 3})).data["customer"]["history"]
    assert [entry["version"] for entry in page["nodes"]] == [5, 4, 3]
    rest = await graph(HISTORY, {"id": id, "after": page["pageInfo"]["endCursor"]})
    assert [entry["version"] for entry in rest.data["customer"]["history"]["nodes"]] == [2, 1]
    none = await graph(HISTORY, {"id": id, "since": "2999-01-01T00:00:00Z"})
    assert none.data["customer"]["history"]["nodes"] == []


async def test_the_histories_of_a_list_cost_one_statement(graph: Graph, database: Database) -> None:
    for number in range(5):
        await registered(graph, f"Company {number}")
    query = "{ customers { nodes { id history(first: 1) { nodes { action } } } } }"

    with statements(database) as ran:
        answer = await graph(query)

    assert [node["history"]["nodes"] for node in answer.data["customers"]["nodes"]] == [
        [{"action": "CREATED"}]
    ] * 5
    assert len([statement for statement in ran if "audit_entry" in statement]) == 1


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"object": "customer"}, ["UPDATED", "CREATED", "CREATED"]),
        ({"object": "lead"}, []),
        ({"field": "region"}, ["UPDATED"]),
        ({"action": "UPDATED"}, ["UPDATED"]),
        ({"until": "2000-01-01T00:00:00Z"}, []),
    ],
)
async def test_auditors_search_all_records(graph: Graph, chosen: dict[str, Any], found: list[str]) -> None:
    id = await registered(graph)
    await registered(graph, "Other")
    await graph(UPDATE, {"input": {"id": id, "profile": {"region": "x"}}})

    answer = await graph(SEARCH, {"filter": chosen}, by=employee("audit:read"))

    assert [entry["action"] for entry in answer.data["customerAudit"]["nodes"]] == found


async def test_the_search_finds_what_one_person_did(graph: Graph, database: Database) -> None:
    ada = employee()
    id = await registered(graph)
    await graph(UPDATE, {"input": {"id": id, "profile": {"region": "x"}}}, by=ada)
    await deliver(database, "customer", HANDLERS, ContractSigned(customer_id=id), actor=ada.id)

    answer = await graph(SEARCH, {"filter": {"actorId": str(ada.id)}})

    operations = [entry["operation"] for entry in answer.data["customerAudit"]["nodes"]]
    assert operations == ["roundel.sales.v1.ContractSigned", "updateCustomer"]


async def test_only_auditors_search(graph: Graph) -> None:
    assert (await graph(SEARCH, by=employee("customer:*"))).codes == ["FORBIDDEN"]
    assert (await graph(SEARCH, by=Principal("anonymous"))).codes == ["UNAUTHENTICATED"]


async def test_a_refused_or_dry_change_leaves_no_entry(graph: Graph) -> None:
    await registered(graph)
    assert (await graph(REGISTER, {"input": {"name": "ACME"}})).codes == ["CONFLICT"]
    dry = "mutation($input: ImportCustomersInput!) { importCustomers(input: $input) { rows { outcome } } }"
    rows: list[dict[str, Any]] = [{"name": name, "profile": {}} for name in ("One", "Two")]
    assert not (await graph(dry, {"input": {"rows": rows, "dryRun": True}})).errors

    assert len((await graph(SEARCH)).data["customerAudit"]["nodes"]) == 1


async def test_a_reason_is_at_most_500_characters(graph: Graph) -> None:
    answer = await graph(REGISTER, {"input": {"name": "ACME", "reason": "x" * 501}})
    assert answer.codes == ["INVALID"]
    assert answer.errors[0]["extensions"]["inputPath"] == ["input", "reason"]


ADD = "mutation($input: AddContactInput!) { addContact(input: $input) { contact { id } } }"
READS = """{ customerAudit(filter: { action: READ }) {
    nodes { object recordId actorId operation detail } } }"""


async def _reads(graph: Graph, count: int) -> list[Any]:
    async def found() -> Any:
        nodes = (await graph(READS)).data["customerAudit"]["nodes"]
        return nodes if len(nodes) >= count else None

    nodes: list[Any] = await eventually(found)
    return nodes


async def contact(graph: Graph) -> str:
    customer = await registered(graph)
    added = await graph(
        ADD, {"input": {"customerId": customer, "name": "Zhang San", "phone": "+8613800138000"}}
    )
    assert not added.errors
    id: str = added.data["addContact"]["contact"]["id"]
    return id


async def test_reading_a_phone_number_is_recorded_after_the_answer(graph: Graph) -> None:
    ada, id = employee(), await contact(graph)
    query = "query Call($id: ID!) { contact(id: $id) { name phone } }"
    assert (await graph(query, {"id": id}, by=ada)).data["contact"]["phone"] == "+8613800138000"
    await graph("query($id: ID!) { contact(id: $id) { name } }", {"id": id}, by=ada)
    await graph("{ contacts { nodes { phone email } } }", by=ada)

    page, single = await _reads(graph, 2)

    assert single == {
        "object": "contact",
        "recordId": id,
        "actorId": str(ada.id),
        "operation": "query",
        "detail": {"fields": ["phone"]},
    }
    assert (page["recordId"], page["detail"]) == (None, {"fields": ["email", "phone"], "records": [id]})


async def test_a_phone_number_read_by_a_statement_of_its_own_is_recorded_too(
    graph: Graph, database: Database
) -> None:
    customer = await registered(graph)
    added = {"customerId": customer, "name": "Li Wei", "phone": "+8613800138000"}
    answer = await graph(ADD, {"input": added})
    contact, keys = Contact.__table__.c, ids("keys")
    numbers = select(contact.id, contact.phone, contact.customer_id).where(contact.customer_id == any_(keys))
    names = select(contact.customer_id, contact.name).where(contact.customer_id == any_(keys))
    context = Context(database, employee())

    for statement in (names, numbers):
        await context.rows(statement, UUID(customer), by="customer_id", listing=CONTACTS)

    [(key, entry)] = context.seen.entries(frozenset({"Contact.phone", "Contact.name"}), "Numbers")
    assert key == ("contact", None)
    assert entry.detail == {"fields": ["phone"], "records": [answer.data["addContact"]["contact"]["id"]]}


async def test_what_programs_read_is_not_recorded(graph: Graph) -> None:
    id = await contact(graph)
    robot = Principal("service", uuid7(), "robot", grants=frozenset({"*:*"}))
    query = "query($id: ID!) { contact(id: $id) { phone history { totalCount } } }"
    await graph(query, {"id": id}, by=robot)
    await graph(query, {"id": id})

    [entry] = await _reads(graph, 1)
    assert entry["detail"] == {"fields": ["history", "phone"]}


async def test_an_export_is_recorded_before_its_first_row(graph: Graph, database: Database) -> None:
    await registered(graph)
    ada = employee()
    asked = "mutation($input: ExportCustomersInput!) { exportCustomers(input: $input) { path } }"
    made = await graph(asked, {"input": {"format": "CSV"}}, by=ada)
    assert not made.errors
    async with database.transaction() as session:
        await follow(session, made.data["exportCustomers"]["path"].rpartition("/")[2], at=now())

    exported = """{ customerAudit(filter: { action: EXPORTED }) {
        nodes { object actorId channel operation detail } } }"""
    [entry] = (await graph(exported)).data["customerAudit"]["nodes"]
    assert (entry["object"], entry["actorId"]) == ("customer", str(ada.id))
    assert (entry["channel"], entry["operation"]) == ("http", "export")
    assert entry["detail"]["format"] == "csv"
    assert "name" in entry["detail"]["fields"]


async def test_a_hidden_field_is_in_no_entry_and_cannot_be_searched_by(graph: Graph) -> None:
    id = await registered(graph, region="华东")
    definition = {
        "version": 1,
        "grants": [
            {"objects": ["customer"], "actions": ["read"], "scopes": ["all"], "hide": ["region"]},
            {"objects": ["audit"], "actions": ["read"], "scopes": ["all"]},
        ],
    }
    nobody: frozenset[UUID] = frozenset()
    rights = Rights(parse(definition).grants, People(nobody, nobody, nobody, nobody))
    reader = Principal("employee", uuid7(), "Ada", rights=rights)

    shown = await graph(HISTORY, {"id": id}, by=reader)
    [entry] = shown.data["customer"]["history"]["nodes"]
    assert "name" in [change["field"] for change in entry["changes"]]
    assert "region" not in [change["field"] for change in entry["changes"]]
    assert (await graph(HISTORY, {"id": id, "field": "region"}, by=reader)).codes == ["FORBIDDEN"]
    assert (await graph(SEARCH, {"filter": {"field": "region"}}, by=reader)).codes == ["FORBIDDEN"]
