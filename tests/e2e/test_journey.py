"""The way of a customer through all departments, over HTTP at the gateway."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import eventually
from tests.e2e.caller import Caller
from tests.e2e.journeys import (
    House,
    Journey,
    convert,
    delivery,
    find_lead,
    furnish,
    negotiate,
    sign,
    submit_form,
)

CUSTOMER_360 = Path(__file__).resolve().parents[2] / "docs/graphql/customer360.graphql"


@pytest.fixture(scope="module")
async def house(administrator: Caller) -> House:
    """A company with two salespeople, a product and a campaign."""
    return await furnish(administrator, "east")


async def todos(caller: Caller, **filter: Any) -> list[dict[str, Any]]:
    query = "query($f: TodoFilter) { todos(filter: $f) { nodes { title rule assignee { id } role } } }"
    nodes: list[dict[str, Any]] = (await caller.get(query, {"f": filter}))["todos"]["nodes"]
    return nodes


async def timeline(caller: Caller, customer: str) -> list[dict[str, Any]]:
    query = "query($id: ID!) { customer(id: $id) { timeline(first: 100) { nodes { title } } } }"
    nodes: list[dict[str, Any]] = (await caller.get(query, {"id": customer}))["customer"]["timeline"]["nodes"]
    return nodes


async def become_signed(administrator: Caller, anybody: Caller, house: House, journey: Journey) -> None:
    await submit_form(anybody, house, journey)
    await find_lead(administrator, journey)
    await convert(administrator, journey)
    await negotiate(administrator, house, journey)
    await sign(administrator, journey)


@pytest.mark.feature("F2", "F14", "F26", "F32", "F33", "F50", "F66", "F67", "F119", "F120", "F127", "N2")
async def test_a_form_becomes_a_customer_seen_from_every_side(
    administrator: Caller, anybody: Caller, house: House
) -> None:
    journey = Journey("Journey 示例公司")
    await become_signed(administrator, anybody, house, journey)
    assert journey.owner in house.owners

    seen = await delivery(administrator, journey)
    receivables = seen["receivables"]["nodes"]
    assert sum(Decimal(row["amount"]["amount"]) for row in receivables) == journey.total == Decimal(2850)

    await pay(administrator, journey, receivables)
    await be_served(administrator, anybody, journey)

    async def whole() -> Any:
        customer = await three_sixty(administrator, journey.customer)
        assert customer["status"] == "SIGNED"
        assert customer["sourceCampaign"]["name"] == "Expo east"
        assert [row["kind"] for row in customer["touchpoints"]["nodes"]] == ["FORM"]
        assert customer["leads"]["nodes"][0]["status"] == "CONVERTED"
        assert customer["opportunities"]["nodes"][0]["status"] == "WON"
        assert customer["quotes"]["nodes"][0]["status"] == "ACCEPTED"
        assert customer["contracts"]["nodes"][0]["status"] == "ACTIVE"
        assert customer["projects"]["nodes"][0]["milestones"]
        assert customer["tickets"]["nodes"][0]["status"] == "CLOSED"
        assert customer["satisfaction"] == {"average": "5", "answers": 1}
        assert customer["invoices"]["nodes"][0]["status"] == "ISSUED"
        assert Decimal(customer["credit"]["exposure"]["amount"]) == Decimal("1995")  # what is still open
        return customer

    assert await eventually(whole, timeout=30)

    titles = {row["title"].split(":")[0] for row in await timeline(administrator, journey.customer)}
    assert {"Captured from website", "Project opened", "Payment matched", "Satisfaction 5 of 5"} <= titles
    [start] = await todos(administrator, customerId={"eq": journey.customer}, aboutType={"eq": "Project"})
    assert "新项目启动" in start["title"]
    assert await todos(administrator, customerId={"eq": journey.customer}, role={"eq": "accountant"})
    assert await todos(administrator, aboutId={"eq": journey.lead}, assigneeId={"eq": journey.owner})


async def pay(administrator: Caller, journey: Journey, receivables: list[dict[str, Any]]) -> None:
    applied = await administrator.do("applyForInvoice", "{ invoice { id } }", contractId=journey.contract)
    await administrator.do("issueInvoice", "{ invoice { number } }", id=applied["invoice"]["id"])
    first = min(receivables, key=lambda row: Decimal(row["amount"]["amount"]))
    received = await administrator.do(
        "recordReceipt",
        "{ receipt { unmatched { amount } matches { receivable { id } } } }",
        customerId=journey.customer,
        contractId=journey.contract,
        amount={"amount": first["amount"]["amount"], "currency": "CNY"},
    )
    assert received["receipt"] == {
        "unmatched": {"amount": "0"},
        "matches": [{"receivable": {"id": first["id"]}}],
    }


async def be_served(administrator: Caller, anybody: Caller, journey: Journey) -> None:
    opened = await administrator.do(
        "openTicket", "{ ticket { id } }", customerId=journey.customer, subject="打印失败", channel="PHONE"
    )
    resolved = await administrator.do(
        "resolveTicket",
        "{ ticket { status } surveyToken }",
        id=opened["ticket"]["id"],
        resolution="Driver replaced",
    )
    await anybody.do("answerSurvey", "{ score }", token=resolved["surveyToken"], score=5)


async def three_sixty(caller: Caller, id: str) -> Any:
    return (await caller.get(CUSTOMER_360.read_text(), {"id": id}))["customer"]


async def test_leads_go_in_turn_to_the_active_owners(administrator: Caller, anybody: Caller) -> None:
    house = await furnish(administrator, "south")
    journeys = [Journey(f"Turn {number}") for number in range(6)]
    for journey in journeys:
        await submit_form(anybody, house, journey)
        await find_lead(administrator, journey)

    assert sorted(journey.owner for journey in journeys) == sorted(house.owners * 3)
