"""Opportunities go stage by stage, each with its evidence, and end won or lost."""

from typing import Any
from uuid import uuid4

import pytest

from chassis.database import Database
from chassis.testing import Graph, outbox, statements
from services.sales.tests.steps import STAGE_EVIDENCE, do, money, opportunity, product, refused, told

SHOWN = "opportunity { stage status version closedOn closeValue { amount } }"


async def advance(graph: Graph, id: str, **given: Any) -> Any:
    return (await do(graph, "advanceOpportunity", {"id": id, **given}, SHOWN))["opportunity"]


async def record(graph: Graph, id: str, evidence: list[dict[str, Any]]) -> None:
    await do(graph, "recordEvidence", {"id": id, "evidence": evidence}, SHOWN)


@pytest.mark.feature("F33")
async def test_a_stage_is_left_only_when_its_criteria_are_met(graph: Graph, database: Database) -> None:
    id = await opportunity(graph, amount=None)

    error = await refused(graph, "advanceOpportunity", {"id": id})

    assert error["code"] == "CONFLICT"
    assert [criterion["key"] for criterion in error["facts"]["unmet"]] == ["bant_done", "key_fields_complete"]
    assert await told(database) == ["OpportunityOpened"]


@pytest.mark.feature("F33")
async def test_the_stages_are_gone_through_in_order(graph: Graph, database: Database) -> None:
    id = await opportunity(graph)
    seen = []
    for evidence in STAGE_EVIDENCE.values():
        await record(graph, id, evidence)
        seen.append((await advance(graph, id))["stage"])

    assert seen == ["DISCOVERY", "SOLUTION", "NEGOTIATION"]
    last = (await outbox(database))[-1].data
    assert (last["fromStage"], last["toStage"]) == ("SOLUTION", "NEGOTIATION")
    error = await refused(graph, "advanceOpportunity", {"id": id})
    assert [criterion["key"] for criterion in error["facts"]["unmet"]] == [
        "quote_submitted",
        "terms_agreed",
        "client_approval",
        "contract_signed",
        "money_received",
    ]


@pytest.mark.feature("F33")
async def test_the_pipeline_and_its_criteria_are_data(graph: Graph) -> None:
    answer = await graph(
        "{ pipelineStages { nodes { position key labelZh exitCriteria { key labelEn condition } } } }"
    )

    stages = answer.data["pipelineStages"]["nodes"]
    assert [stage["key"] for stage in stages] == [
        "QUALIFICATION",
        "DISCOVERY",
        "SOLUTION",
        "NEGOTIATION",
        "CLOSED_WON",
    ]
    assert stages[0]["labelZh"] == "资格确认"
    assert stages[0]["exitCriteria"][0]["condition"]["rules"] == [
        {"field": "bant_done", "operator": "eq", "value": True}
    ]


async def test_a_deal_won_by_hand_ends_on_the_day_named(graph: Graph, database: Database) -> None:
    id = await opportunity(graph, at="2024-01-10T00:00:00Z")
    await record(graph, id, [fact for facts in STAGE_EVIDENCE.values() for fact in facts])
    for _ in range(3):
        await advance(graph, id, at="2024-02-01T00:00:00Z")
    flags = ("quote_submitted", "terms_agreed", "contract_signed", "money_received")
    texts = [{"key": "client_approval_step", "text": "legal"}, {"key": "client_approval_eta", "text": "May"}]
    await record(graph, id, [{"key": key, "flag": True} for key in flags] + texts)

    won = await advance(graph, id, at="2024-03-01T09:00:00+08:00")

    assert (won["stage"], won["status"], won["closedOn"]) == ("CLOSED_WON", "WON", "2024-03-01")
    told_last = (await outbox(database))[-1]
    assert told_last.type == "roundel.sales.v1.OpportunityWon"
    assert told_last.data["engagedOn"] == "2024-01-10"
    assert told_last.data["amount"] == {"amount": "1000.0000", "currency": "CNY"}
    assert (await refused(graph, "advanceOpportunity", {"id": id}))["code"] == "CONFLICT"


async def test_a_lost_deal_names_its_reason(graph: Graph, database: Database) -> None:
    id = await opportunity(graph)

    lost = await do(
        graph, "loseOpportunity", {"id": id, "reason": "Price"}, "opportunity { status lostReason }"
    )

    assert lost["opportunity"] == {"status": "LOST", "lostReason": "Price"}
    assert (await told(database))[-1] == "OpportunityLost"
    error = await refused(graph, "recordEvidence", {"id": id, "evidence": [{"key": "a", "flag": True}]})
    assert error["code"] == "CONFLICT"


@pytest.mark.parametrize(
    ("mutation", "input", "code"),
    [
        ("openOpportunity", {"name": " "}, "INVALID"),
        ("openOpportunity", {"name": "A", "amount": money("-1")}, "INVALID"),
        ("openOpportunity", {"name": "A", "productId": str(uuid4())}, "NOT_FOUND"),
        ("advanceOpportunity", {"id": str(uuid4())}, "NOT_FOUND"),
        ("recordEvidence", {"id": str(uuid4()), "evidence": [{"key": "a"}]}, "INVALID"),
        ("createProduct", {"sku": "A", "name": "A", "listPrice": money("-1")}, "INVALID"),
    ],
)
async def test_bad_input_is_refused_whole(
    graph: Graph, database: Database, mutation: str, input: dict[str, Any], code: str
) -> None:
    assert (await refused(graph, mutation, input))["code"] == code
    assert not await outbox(database)


async def test_filters_combine_and_sort_puts_missing_amounts_last(graph: Graph) -> None:
    await opportunity(graph, name="A", amount=money("5"))
    await opportunity(graph, name="B", amount=None)
    await opportunity(graph, name="C", amount=money("9"))
    query = """query($f: OpportunityFilter) {
      opportunities(filter: $f, sort: {by: AMOUNT, direction: DESC}) { nodes { name } } }"""

    async def found(filter: dict[str, Any] | None) -> list[str]:
        answer = await graph(query, {"f": filter})
        return [node["name"] for node in answer.data["opportunities"]["nodes"]]

    assert await found(None) == ["C", "A", "B"]
    assert await found({"status": {"eq": "OPEN"}, "amount": {"gt": "6"}}) == ["C"]
    assert await found({"or": [{"name": {"eq": "A"}}, {"amount": {"isEmpty": True}}]}) == ["A", "B"]


async def test_many_customers_cost_one_statement_a_loader(graph: Graph, database: Database) -> None:
    customers = [str(uuid4()) for _ in range(3)]
    item = await product(graph)
    for id in customers:
        await opportunity(graph, customerId=id, productId=item)
    query = """query($r: [_Any!]!) { _entities(representations: $r) { ... on Customer {
      leads(first: 3) { nodes { company } } quotes(first: 3) { nodes { number } }
      contracts(first: 3) { nodes { number } }
      opportunities(first: 3) { totalCount nodes { name customer { id } product { name } } } } } }"""

    with statements(database) as ran:
        answer = await graph(query, {"r": [{"__typename": "Customer", "id": id} for id in customers]})

    shown = [entity["opportunities"]["nodes"][0]["customer"]["id"] for entity in answer.data["_entities"]]
    assert shown == customers
    assert 0 < len(ran) <= 6  # leads, quotes, contracts, opportunities, their count, products
