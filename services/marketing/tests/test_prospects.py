"""Prospects: qualified once, converted with their touchpoints, shown in the 360 of their customer."""

from uuid import UUID, uuid4

import pytest

from chassis.database import Database
from chassis.errors import NotFound
from chassis.testing import Graph, deliver, employee, outbox, statements
from marketing.consumers import HANDLERS
from roundel.sales.v1 import sales_events_pb2 as sales
from services.customer.tests.telling import merge_of
from services.marketing.tests.builders import form, submit

QUALIFY = """mutation($input: QualifyProspectInput!) { qualifyProspect(input: $input) {
  prospect { status version } } }"""
TOUCH = """mutation($input: RecordTouchpointInput!) { recordTouchpoint(input: $input) {
  touchpoint { id kind customerId campaign { sourceCode } occurredAt } } }"""
CUSTOMERS = """query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer {
  touchpoints { totalCount nodes { kind detail campaign { sourceCode } } }
  prospects { nodes { company status } } sourceCampaign { sourceCode } } } }"""


async def prospect(graph: Graph, email: str) -> str:
    assert not (await submit(graph, email=email)).errors
    query = "query($e: String!) { prospects(filter: {email: {eq: $e}}) { nodes { id } } }"
    return str((await graph(query, {"e": email})).data["prospects"]["nodes"][0]["id"])


async def test_a_prospect_is_handed_to_sales_once(graph: Graph, database: Database) -> None:
    await form(graph, qualifies=False)
    id = await prospect(graph, "ada@example.org")

    first = await graph(QUALIFY, {"input": {"id": id, "expectedVersion": 1}})
    second = await graph(QUALIFY, {"input": {"id": id}})

    assert first.data["qualifyProspect"]["prospect"] == {"status": "QUALIFIED", "version": 2}
    assert second.codes == ["CONFLICT"]
    told = [event for event in await outbox(database) if event.type.endswith("ProspectQualified")]
    assert [event.data["prospectId"] for event in told] == [id]


async def test_who_lacks_the_grant_cannot_qualify(graph: Graph) -> None:
    await form(graph, qualifies=False)
    id = await prospect(graph, "ada@example.org")

    assert (await graph(QUALIFY, {"input": {"id": id}}, by=employee("*:read"))).codes == ["FORBIDDEN"]


@pytest.mark.feature("F3")
async def test_a_touchpoint_attaches_to_prospect_and_campaign_and_is_told(
    graph: Graph, database: Database
) -> None:
    campaign = await form(graph)
    id = await prospect(graph, "ada@example.org")
    touch = {"kind": "DOWNLOAD", "prospectId": id, "campaignId": campaign, "detail": "White paper"}

    answer = await graph(TOUCH, {"input": {**touch, "at": "2025-06-01T00:00:00Z"}})

    touchpoint = answer.data["recordTouchpoint"]["touchpoint"]
    assert touchpoint["campaign"] == {"sourceCode": "WEB"}
    told = (await outbox(database))[-1].data
    assert (told["prospectId"], told["kind"], told["detail"]) == (id, "download", "White paper")
    assert told["occurredAt"] == "2025-06-01T00:00:00Z"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "INVALID"),
        ({"prospectId": str(uuid4()), "customerId": str(uuid4())}, "INVALID"),
        ({"prospectId": str(uuid4())}, "NOT_FOUND"),
        ({"customerId": str(uuid4()), "campaignId": str(uuid4())}, "NOT_FOUND"),
        ({"customerId": str(uuid4()), "detail": "x" * 501}, "INVALID"),
    ],
)
async def test_a_touchpoint_of_nobody_is_refused(
    graph: Graph, database: Database, given: dict[str, str], code: str
) -> None:
    assert (await graph(TOUCH, {"input": {"kind": "EVENT", **given}})).codes == [code]
    assert not await outbox(database)


@pytest.mark.feature("F3", "F14")
async def test_a_converted_prospect_shows_in_the_360_whatever_arrives_twice(
    graph: Graph, database: Database
) -> None:
    await form(graph)
    id, customer = await prospect(graph, "ada@example.org"), str(uuid4())
    converted = sales.LeadConverted(lead_id=str(uuid4()), version=3, prospect_id=id, customer_id=customer)

    await deliver(database, "marketing", HANDLERS, converted, id=UUID(int=7))
    await deliver(database, "marketing", HANDLERS, converted, id=UUID(int=7))
    await deliver(database, "marketing", HANDLERS, converted)  # told again by a replay
    await graph(TOUCH, {"input": {"kind": "EVENT", "prospectId": id, "detail": "Open day"}})

    answer = await graph(CUSTOMERS, {"r": [{"__typename": "Customer", "id": customer}]})
    [found] = answer.data["_entities"]
    assert found["touchpoints"]["totalCount"] == 2
    assert [node["detail"] for node in found["touchpoints"]["nodes"]] == ["Open day", "Contact us"]
    assert found["prospects"]["nodes"] == [{"company": "ada@example.org", "status": "CONVERTED"}]
    assert found["sourceCampaign"] == {"sourceCode": "WEB"}


async def test_a_customer_who_comes_back_by_a_form_is_not_qualified_again(
    graph: Graph, database: Database
) -> None:
    await form(graph, qualifies=False)
    id, customer = await prospect(graph, "ada@example.org"), str(uuid4())
    await deliver(database, "marketing", HANDLERS, sales.LeadConverted(prospect_id=id, customer_id=customer))

    await submit(graph, email="ada@example.org")

    told = (await outbox(database))[-1]
    assert told.type.endswith("TouchpointRecorded")
    assert told.data["customerId"] == customer


async def test_a_lead_without_prospect_changes_nothing_and_an_unknown_one_is_refused(
    database: Database,
) -> None:
    await deliver(database, "marketing", HANDLERS, sales.LeadConverted(customer_id=str(uuid4())))
    unknown = sales.LeadConverted(prospect_id=str(uuid4()), customer_id=str(uuid4()))

    with pytest.raises(NotFound):
        await deliver(database, "marketing", HANDLERS, unknown)


async def test_the_marketing_side_of_many_customers_costs_one_statement_a_loader(
    graph: Graph, database: Database
) -> None:
    await form(graph)
    customers = [str(uuid4()) for _ in range(3)]
    for number, customer in enumerate(customers):
        converted = sales.LeadConverted(
            prospect_id=await prospect(graph, f"p{number}@example.org"), customer_id=customer
        )
        await deliver(database, "marketing", HANDLERS, converted)

    with statements(database) as ran:
        answer = await graph(CUSTOMERS, {"r": [{"__typename": "Customer", "id": id} for id in customers]})

    assert [found["touchpoints"]["totalCount"] for found in answer.data["_entities"]] == [1, 1, 1]
    assert 0 < len(ran) <= 5  # touchpoints, their count, prospects, first campaigns, campaigns of touchpoints


async def test_who_may_not_read_touchpoints_still_gets_the_rest(graph: Graph) -> None:
    reader = employee("prospect:read", "campaign:read")

    answer = await graph(CUSTOMERS, {"r": [{"__typename": "Customer", "id": str(uuid4())}]}, by=reader)

    assert answer.codes == ["FORBIDDEN"]
    assert answer.data["_entities"] == [
        {"touchpoints": None, "prospects": {"nodes": []}, "sourceCampaign": None}
    ]


async def test_prospects_are_found_by_part_of_their_company_and_paged(graph: Graph) -> None:
    await form(graph)
    for number, company in enumerate(("上海示例科技", "Acme", "北京示例贸易")):
        await submit(graph, company=company, email=f"p{number}@example.org")
    query = """query($after: String) {
      prospects(filter: {company: {contains: "示例"}}, first: 1, after: $after) {
        nodes { company } totalCount pageInfo { hasNextPage endCursor } } }"""

    first = (await graph(query)).data["prospects"]
    second = (await graph(query, {"after": first["pageInfo"]["endCursor"]})).data["prospects"]

    assert first["nodes"] + second["nodes"] == [{"company": "北京示例贸易"}, {"company": "上海示例科技"}]
    assert (first["totalCount"], second["pageInfo"]["hasNextPage"]) == (2, False)


@pytest.mark.feature("F20")
async def test_touchpoints_follow_their_customer_into_a_merge_and_back(
    graph: Graph, database: Database
) -> None:
    campaign, (winner, loser) = await form(graph), (str(uuid4()), str(uuid4()))
    touch = {"kind": "DOWNLOAD", "customerId": loser, "campaignId": campaign, "at": "2025-06-01T00:00:00Z"}
    assert not (await graph(TOUCH, {"input": touch})).errors
    merged, unmerged = merge_of(winner, loser)
    asked = {"r": [{"__typename": "Customer", "id": id} for id in (winner, loser)]}

    for event, counts in ((merged, [1, 0]), (unmerged, [0, 1])):
        await deliver(database, "marketing", HANDLERS, event)
        shown = (await graph(CUSTOMERS, asked)).data["_entities"]
        assert [each["touchpoints"]["totalCount"] for each in shown] == counts
