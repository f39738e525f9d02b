"""Campaigns: launched once per source code, with a budget, dates and costs per currency."""

from uuid import uuid4

import pytest
from google.protobuf import json_format

from chassis.database import Database
from chassis.testing import Graph, employee, outbox, statements
from roundel.marketing.v1 import marketing_events_pb2 as events

LAUNCH = """mutation($input: LaunchCampaignInput!) { launchCampaign(input: $input) {
  campaign { id version name budget { amount currency } totalCost { amount } } } }"""
COST = """mutation($input: RecordCampaignCostInput!) { recordCampaignCost(input: $input) {
  cost { id amount { amount currency } spentAt } } }"""
EXPO = {"name": "Hannover Messe", "channel": "EXPO", "sourceCode": "HM26", "startsOn": "2026-04-20"}


async def launch(graph: Graph, **given: object) -> str:
    answer = await graph(LAUNCH, {"input": {**EXPO, **given}})
    assert not answer.errors
    return str(answer.data["launchCampaign"]["campaign"]["id"])


@pytest.mark.feature("F1")
async def test_a_launched_campaign_is_told_with_its_budget(graph: Graph, database: Database) -> None:
    id = await launch(graph, budget={"amount": "50000", "currency": "CNY"}, at="2026-03-01T09:00:00+08:00")

    [told] = await outbox(database)
    event = json_format.ParseDict(told.data, events.CampaignLaunched())
    assert (event.campaign_id, event.version, event.channel) == (id, 1, "expo")
    assert (event.budget.amount, event.budget.currency) == ("50000", "CNY")
    assert event.occurred_at.ToJsonString() == "2026-03-01T01:00:00Z"


@pytest.mark.feature("F1")
async def test_costs_add_up_per_currency_and_are_told(graph: Graph, database: Database) -> None:
    id = await launch(graph)
    for amount, currency in (("100.50", "CNY"), ("20", "EUR"), ("0.25", "CNY")):
        cost = {"campaignId": id, "amount": {"amount": amount, "currency": currency}, "purpose": "stand"}
        assert not (await graph(COST, {"input": cost})).errors

    query = """query($id: ID!) { campaign(id: $id) {
      totalCost { amount currency } costs(first: 2) { totalCount nodes { amount { amount } purpose } } } }"""
    found = (await graph(query, {"id": id})).data["campaign"]

    assert found["totalCost"] == [
        {"amount": "100.75", "currency": "CNY"},
        {"amount": "20", "currency": "EUR"},
    ]
    assert found["costs"]["totalCount"] == 3
    assert [node["amount"]["amount"] for node in found["costs"]["nodes"]] == ["0.25", "20"]
    told = (await outbox(database))[-1]
    assert told.type == "roundel.marketing.v1.CampaignCostRecorded"
    assert told.data["amount"] == {"amount": "0.25", "currency": "CNY"}


async def test_a_repeated_cost_with_the_same_key_counts_once(graph: Graph, database: Database) -> None:
    id, caller = await launch(graph), employee()
    cost = {"campaignId": id, "amount": {"amount": "5", "currency": "CNY"}, "idempotencyKey": "k"}

    first = await graph(COST, {"input": cost}, by=caller)
    second = await graph(COST, {"input": cost}, by=caller)

    assert not first.errors
    assert first.data == second.data
    assert len(await outbox(database)) == 2


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ({"amount": "0", "currency": "CNY"}, "INVALID"),
        ({"amount": "-3", "currency": "CNY"}, "INVALID"),
        ({"amount": "3", "currency": "yuan"}, "INVALID"),
        ({"amount": "3"}, "INVALID"),
    ],
)
async def test_an_impossible_cost_is_refused_and_tells_nobody(
    graph: Graph, database: Database, amount: dict[str, str], code: str
) -> None:
    id = await launch(graph)

    assert (await graph(COST, {"input": {"campaignId": id, "amount": amount}})).codes == [code]
    assert len(await outbox(database)) == 1


async def test_a_cost_of_an_unknown_campaign_is_not_found(graph: Graph) -> None:
    cost = {"campaignId": str(uuid4()), "amount": {"amount": "1", "currency": "CNY"}}

    assert (await graph(COST, {"input": cost})).codes == ["NOT_FOUND"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"sourceCode": "HM26"}, "CONFLICT"),
        ({"sourceCode": " "}, "INVALID"),
        ({"sourceCode": "X", "name": " "}, "INVALID"),
        ({"sourceCode": "X", "endsOn": "2026-04-19"}, "INVALID"),
        ({"sourceCode": "X", "budget": {"amount": "-1", "currency": "CNY"}}, "INVALID"),
        ({"sourceCode": "X", "channel": "TELEPATHY"}, "INVALID"),
    ],
)
async def test_a_campaign_that_cannot_be_is_refused_and_tells_nobody(
    graph: Graph, database: Database, given: dict[str, object], code: str
) -> None:
    await launch(graph)

    assert (await graph(LAUNCH, {"input": {**EXPO, **given}})).codes == [code]
    assert len(await outbox(database)) == 1


async def test_a_campaign_changes_only_at_the_version_that_was_read(graph: Graph) -> None:
    id = await launch(graph)
    update = """mutation($input: UpdateCampaignInput!) { updateCampaign(input: $input) {
      campaign { version endsOn budget { amount } } } }"""
    change = {"id": id, "expectedVersion": 1, "endsOn": "2026-04-24"}

    changed = await graph(update, {"input": {**change, "budget": {"amount": "7", "currency": "CNY"}}})
    stale = await graph(update, {"input": change})

    campaign = {"version": 2, "endsOn": "2026-04-24", "budget": {"amount": "7"}}
    assert changed.data["updateCampaign"]["campaign"] == campaign
    assert stale.codes == ["CONFLICT"]


async def test_campaigns_are_filtered_and_sorted(graph: Graph) -> None:
    await launch(graph)
    await launch(graph, name="春季研讨会", channel="WEBINAR", sourceCode="W1", startsOn="2026-02-01")
    await launch(graph, name="Autumn webinar", channel="WEBINAR", sourceCode="W2", startsOn="2026-09-01")
    query = """query($filter: CampaignFilter, $sort: CampaignOrder) {
      campaigns(filter: $filter, sort: $sort) { nodes { sourceCode } } }"""

    async def found(filter: dict[str, object], sort: dict[str, str] | None = None) -> list[str]:
        answer = await graph(query, {"filter": filter, "sort": sort})
        return [node["sourceCode"] for node in answer.data["campaigns"]["nodes"]]

    assert await found({"channel": {"eq": "WEBINAR"}}) == ["W2", "W1"]
    assert await found({"name": {"contains": "研讨"}}) == ["W1"]
    assert await found({"startsOn": {"gte": "2026-04-01"}}, {"by": "STARTS_ON"}) == ["HM26", "W2"]


async def test_a_list_of_campaigns_reads_costs_by_one_statement(graph: Graph, database: Database) -> None:
    for code in ("A", "B", "C"):
        await launch(graph, sourceCode=code)

    with statements(database) as ran:
        await graph("{ campaigns { nodes { totalCost { amount } costs(first: 1) { nodes { id } } } } }")

    assert 0 < len(ran) <= 3  # campaigns, totals, costs


async def test_who_may_only_read_cannot_launch(graph: Graph, database: Database) -> None:
    assert (await graph(LAUNCH, {"input": EXPO}, by=employee("*:read"))).codes == ["FORBIDDEN"]
    assert not await outbox(database)
