"""Conversion: a lead with BANT becomes a customer's opportunity, once."""

from typing import Any
from uuid import uuid4

import pytest

from chassis.access import ANONYMOUS
from chassis.database import Database
from chassis.testing import Graph, employee, outbox
from services.sales.tests.stand_ins import Others
from services.sales.tests.steps import caller, do, money, refused, told

CONVERTED = """lead { id status customer { id } opportunity { id } }
  opportunity { id name stage status amount { amount currency } customer { id } leadId
    evidence { key flag text } }"""
BANT = {"budget": money("50000"), "authority": "CTO", "need": "A new line", "timeline": "Q3"}


async def lead(graph: Graph, **given: Any) -> str:
    made = await do(graph, "createLead", {"company": "Acme", **given}, "lead { id }")
    return str(made["lead"]["id"])


@pytest.mark.feature("F32")
async def test_a_lead_with_bant_becomes_an_opportunity_of_a_registered_customer(
    graph: Graph, database: Database, others: Others
) -> None:
    id = await lead(graph, contactName="李雷", email="li@example.com")

    done = await do(graph, "convertLead", {"id": id, "bant": BANT}, CONVERTED, by=caller(others.token))

    customer = {"id": others.customers.ids["Acme"]}
    assert done["lead"]["status"] == "CONVERTED"
    assert done["lead"]["customer"] == done["opportunity"]["customer"] == customer
    assert done["lead"]["opportunity"]["id"] == done["opportunity"]["id"]
    assert done["opportunity"]["stage"] == "QUALIFICATION"
    assert done["opportunity"]["amount"] == {"amount": "50000", "currency": "CNY"}
    evidence = {fact["key"]: fact["flag"] or fact["text"] for fact in done["opportunity"]["evidence"]}
    assert evidence["bant_done"] is True
    assert evidence["authority"] == "CTO"
    assert await told(database) == ["LeadCreated", "OpportunityOpened", "LeadConverted"]
    assert [request.contact_name for request in others.customers.asked] == ["李雷"]


async def test_a_conversion_repeated_with_its_key_answers_alike(
    graph: Graph, database: Database, others: Others
) -> None:
    asked = {"id": await lead(graph), "bant": BANT, "idempotencyKey": "k1"}
    by = caller(others.token)

    first = await do(graph, "convertLead", asked, CONVERTED, by=by)
    assert await do(graph, "convertLead", asked, CONVERTED, by=by) == first

    other = {**asked, "idempotencyKey": "k2"}
    assert (await refused(graph, "convertLead", other, by=by))["code"] == "CONFLICT"
    assert (await told(database)).count("LeadConverted") == 1


async def test_a_known_customer_is_taken_without_asking(graph: Graph, others: Others) -> None:
    customer = str(uuid4())

    done = await do(
        graph, "convertLead", {"id": await lead(graph), "customerId": customer, "bant": BANT}, CONVERTED
    )

    assert done["opportunity"]["customer"] == {"id": customer}
    assert not others.customers.asked


async def test_without_the_customer_service_nothing_is_converted(
    graph: Graph, database: Database, others: Others
) -> None:
    id = await lead(graph)
    await others.server.stop(0)

    error = await refused(graph, "convertLead", {"id": id, "bant": BANT}, by=caller(others.token))

    assert error["code"] == "UNAVAILABLE"
    assert await told(database) == ["LeadCreated"]


@pytest.mark.feature("F32")
@pytest.mark.parametrize(
    "part", [{"authority": " "}, {"budget": money("-1")}, {"budget": money("1", "yuan")}]
)
async def test_half_a_bant_registers_nobody(
    graph: Graph, database: Database, others: Others, part: dict[str, Any]
) -> None:
    id = await lead(graph)

    error = await refused(graph, "convertLead", {"id": id, "bant": {**BANT, **part}}, by=caller(others.token))

    assert error["code"] == "INVALID"
    assert not others.customers.asked
    assert len(await outbox(database)) == 1


async def test_a_lost_lead_names_its_reason_and_stays_lost(graph: Graph, database: Database) -> None:
    id = await lead(graph)

    lost = await do(graph, "loseLead", {"id": id, "reason": "No budget"}, "lead { status lostReason }")

    assert lost["lead"] == {"status": "LOST", "lostReason": "No budget"}
    assert (await refused(graph, "convertLead", {"id": id, "bant": BANT}))["code"] == "CONFLICT"
    assert await told(database) == ["LeadCreated", "LeadLost"]


async def test_every_door_wants_its_grant(graph: Graph, database: Database) -> None:
    reader = employee("lead:read")

    assert (await refused(graph, "createLead", {"company": "Acme"}, by=reader))["code"] == "FORBIDDEN"
    assert (await refused(graph, "createLead", {"company": "Acme"}, by=ANONYMOUS))[
        "code"
    ] == "UNAUTHENTICATED"
    assert (await graph("{ opportunities { totalCount } }", by=reader)).codes == ["FORBIDDEN"]
    assert not await outbox(database)


async def test_pages_go_through_all_leads_once(graph: Graph) -> None:
    for company in ("Acme", "Bolt", "Cube"):
        await lead(graph, company=company)
    query = """query($after: String) { leads(sort: {by: COMPANY}, first: 2, after: $after) {
      nodes { company } totalCount pageInfo { hasNextPage endCursor } } }"""

    first = (await graph(query)).data["leads"]
    second = (await graph(query, {"after": first["pageInfo"]["endCursor"]})).data["leads"]

    assert [node["company"] for node in first["nodes"] + second["nodes"]] == ["Acme", "Bolt", "Cube"]
    assert (first["totalCount"], second["pageInfo"]["hasNextPage"]) == (3, False)
