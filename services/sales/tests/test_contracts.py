"""Contracts: drafted exactly, signed with finance's consent, in force when all did their part."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message

from chassis.database import Database, now
from chassis.testing import Graph, deliver, employee, outbox
from roundel.customer.v1 import customer_events_pb2 as customer
from roundel.finance.v1 import finance_events_pb2 as finance
from roundel.project.v1 import project_events_pb2 as project
from roundel.sales.v1 import sales_events_pb2 as events
from sales.consumers import HANDLERS
from sales.contracts.activation import sweep
from services.sales.tests.stand_ins import Others
from services.sales.tests.steps import (
    accepted_quote,
    caller,
    do,
    money,
    opportunity,
    product,
    refused,
    told,
)

STATE = "query($id: ID!) { contract(id: $id) { status version activation { missing } } }"


@dataclass
class Draft:
    """A contract over an accepted quote of 270 CNY."""

    id: str
    customer_id: str
    opportunity_id: str


@pytest.fixture
async def draft(graph: Graph, database: Database) -> Draft:
    customer_id = str(uuid4())
    known = customer.CustomerRegistered(customer_id=customer_id, version=1, name="示例科技有限公司")
    await deliver(database, "sales", HANDLERS, known)
    deal = await opportunity(graph, customerId=customer_id)
    quote = await accepted_quote(graph, deal, await product(graph))
    made = await do(graph, "draftContract", {"quoteId": quote}, "contract { id }")
    return Draft(str(made["contract"]["id"]), customer_id, deal)


async def sign(graph: Graph, others: Others, id: str, **given: Any) -> Any:
    by = caller(others.token)
    return await do(graph, "signContract", {"id": id, **given}, "contract { status version signedOn }", by=by)


def opened(draft: Draft) -> project.ProjectOpened:
    return project.ProjectOpened(project_id=str(uuid4()), version=1, contract_id=draft.id)


def scheduled(draft: Draft) -> finance.ReceivablesScheduled:
    receivable = finance.ScheduledReceivable(receivable_id=str(uuid4()))
    return finance.ReceivablesScheduled(contract_id=draft.id, version=1, receivables=[receivable])


def received(draft: Draft) -> finance.ReceiptMatched:
    event = finance.ReceiptMatched(receipt_id=str(uuid4()), version=1, contract_id=draft.id)
    event.occurred_at.GetCurrentTime()
    return event


async def test_a_signature_tells_the_whole_contract(
    graph: Graph, database: Database, others: Others, draft: Draft
) -> None:
    signed = await sign(graph, others, draft.id)

    assert signed["contract"]["status"] == "SIGNED"
    [request] = others.finance.asked
    assert (request.customer_id, request.amount.amount) == (draft.customer_id, "270.0000")
    [data] = [event.data for event in await outbox(database) if event.type.endswith("ContractSigned")]
    event = json_format.ParseDict(data, events.ContractSigned())
    assert (event.version, event.customer_name, event.total.amount) == (2, "示例科技有限公司", "270.0000")
    assert [line.quantity for line in event.lines] == ["3.0000"]
    [instalment] = event.instalments
    assert instalment.amount == event.total
    assert instalment.due_on == str(now().date() + timedelta(days=30))


@pytest.mark.feature("F45")
async def test_a_refused_credit_keeps_the_draft_and_tells_nobody(
    graph: Graph, database: Database, others: Others, draft: Draft
) -> None:
    others.finance.refusal = "The limit of 100.00 CNY would be exceeded"
    before = await told(database)

    error = await refused(graph, "signContract", {"id": draft.id}, by=caller(others.token))

    assert error["code"] == "CONFLICT"
    assert error["facts"]["available"] == {"amount": "100.00", "currency": "CNY"}
    assert (await graph(STATE, {"id": draft.id})).data["contract"]["status"] == "DRAFT"
    assert await told(database) == before


@pytest.mark.feature("F45")
async def test_without_finance_nothing_is_signed(
    graph: Graph, database: Database, others: Others, draft: Draft
) -> None:
    await others.server.stop(0)
    before = await told(database)

    error = await refused(graph, "signContract", {"id": draft.id}, by=caller(others.token))

    assert error["code"] == "UNAVAILABLE"
    assert (await graph(STATE, {"id": draft.id})).data["contract"] == {
        "status": "DRAFT",
        "version": 1,
        "activation": None,
    }
    assert await told(database) == before


async def test_a_contract_is_signed_once_and_only_with_the_grant(
    graph: Graph, others: Others, draft: Draft
) -> None:
    error = await refused(graph, "signContract", {"id": draft.id}, by=employee("contract:read"))
    assert error["code"] == "FORBIDDEN"

    key = {"idempotencyKey": "k1"}
    by = caller(others.token)
    for _ in range(2):
        await do(graph, "signContract", {"id": draft.id, **key}, "contract { status }", by=by)

    assert (await refused(graph, "signContract", {"id": draft.id}, by=by))["code"] == "CONFLICT"
    assert len(others.finance.asked) == 1
    assert (await refused(graph, "signContract", {"id": str(uuid4())}, by=by))["code"] == "NOT_FOUND"


@pytest.mark.parametrize("project_first", [True, False])
async def test_a_contract_is_in_force_when_project_and_receivables_exist(
    graph: Graph, database: Database, others: Others, draft: Draft, project_first: bool
) -> None:
    await sign(graph, others, draft.id)
    delivery = opened(draft)
    answers: list[Message] = [delivery, scheduled(draft)]

    first, second = answers if project_first else reversed(answers)
    await deliver(database, "sales", HANDLERS, first, first)
    half = (await graph(STATE, {"id": draft.id})).data["contract"]
    await deliver(database, "sales", HANDLERS, second, second, first, opened(draft))

    assert half["status"] == "SIGNED"
    assert half["activation"]["missing"] == (["finance"] if project_first else ["project"])
    whole = (await graph(STATE, {"id": draft.id})).data["contract"]
    assert whole == {"status": "ACTIVE", "version": 3, "activation": {"missing": []}}
    [activated] = [event.data for event in await outbox(database) if event.type.endswith("ContractActivated")]
    assert activated["projectId"] == delivery.project_id


async def test_the_sweeper_tells_again_and_raises_the_alarm_once(
    graph: Graph, database: Database, others: Others, draft: Draft
) -> None:
    await sign(graph, others, draft.id)
    await deliver(database, "sales", HANDLERS, opened(draft))
    start = now()

    async def swept(after: timedelta) -> list[str]:
        before = len(await told(database))
        async with database.transaction() as session:
            await sweep(session, present=start + after)
        return (await told(database))[before:]

    assert await swept(timedelta(seconds=30)) == []
    assert await swept(timedelta(seconds=61)) == ["ContractSigned"]
    assert await swept(timedelta(seconds=70)) == []
    assert await swept(timedelta(minutes=16)) == ["ContractSigned", "ContractActivationOverdue"]
    assert await swept(timedelta(minutes=20)) == ["ContractSigned"]

    signed = [event for event in await outbox(database) if event.type.endswith("ContractSigned")]
    assert len({event.id for event in signed}) == 4
    contents = [{**event.data, "occurredAt": None} for event in signed]
    assert all(content == contents[0] for content in contents)
    [overdue] = [event.data for event in await outbox(database) if event.type.endswith("Overdue")]
    assert overdue["missing"] == ["finance"]

    await deliver(database, "sales", HANDLERS, scheduled(draft))
    assert await swept(timedelta(hours=1)) == []


async def test_two_sweepers_do_not_wait_for_each_other(
    graph: Graph, database: Database, others: Others, draft: Draft
) -> None:
    await sign(graph, others, draft.id)
    later: datetime = now() + timedelta(seconds=61)

    async with database.transaction() as first, database.transaction() as second:
        assert await sweep(first, present=later) == 1
        assert await sweep(second, present=later) == 0


@pytest.mark.feature("F33")
async def test_a_deal_is_won_by_signature_and_first_money(
    graph: Graph, database: Database, others: Others, draft: Draft
) -> None:
    query = "query($id: ID!) { opportunity(id: $id) { stage status closeValue { amount } } }"
    await sign(graph, others, draft.id)
    signed = (await graph(query, {"id": draft.opportunity_id})).data["opportunity"]

    await deliver(database, "sales", HANDLERS, received(draft), received(draft))

    assert (signed["stage"], signed["status"]) == ("NEGOTIATION", "OPEN")
    won = (await graph(query, {"id": draft.opportunity_id})).data["opportunity"]
    assert won == {"stage": "CLOSED_WON", "status": "WON", "closeValue": {"amount": "270"}}
    stages = [event for event in await outbox(database) if event.type.endswith("StageChanged")]
    assert [event.data["toStage"] for event in stages] == [
        "DISCOVERY",
        "SOLUTION",
        "NEGOTIATION",
        "CLOSED_WON",
    ]
    [last] = [event.data for event in await outbox(database) if event.type.endswith("OpportunityWon")]
    assert (last["contractId"], last["amount"]["amount"]) == (draft.id, "270.0000")


async def test_instalments_that_do_not_make_the_total_are_refused(graph: Graph) -> None:
    base = {"customerId": str(uuid4()), "lines": [{"description": "Work", "amount": money("100")}]}
    wrong: list[list[dict[str, Any]]] = [
        [{"name": "A", "amount": money("60")}, {"name": "B", "amount": money("39.99")}],
        [{"name": "A", "percent": "60"}, {"name": "B", "percent": "39"}],
        [{"name": "A", "percent": "60"}, {"name": "B", "amount": money("40")}],
        [{"name": "A", "amount": money("100", "USD")}],
    ]

    for instalments in wrong:
        error = await refused(graph, "draftContract", {**base, "instalments": instalments})
        assert error["code"] == "INVALID"


async def test_a_contract_may_be_written_line_by_line_and_split_by_percent(graph: Graph) -> None:
    input = {
        "customerId": str(uuid4()),
        "title": "Maintenance",
        "lines": [{"description": "Year 1", "amount": money("100")}],
        "instalments": [{"name": str(n), "percent": p} for n, p in enumerate(("33.33", "33.33", "33.34"))],
    }
    want = "contract { id number total { amount } lines { description } instalments { amount { amount } } }"

    made = (await do(graph, "draftContract", input, want))["contract"]

    assert made["number"].startswith("C-")
    assert [part["amount"]["amount"] for part in made["instalments"]] == ["33.33", "33.33", "33.34"]
    query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Contract { title } } }"
    entities = await graph(query, {"r": [{"__typename": "Contract", "id": made["id"]}]})
    assert entities.data["_entities"] == [{"title": "Maintenance"}]


async def test_a_customer_we_never_heard_of_cannot_sign_yet(
    graph: Graph, database: Database, others: Others
) -> None:
    lines = [{"description": "Work", "amount": money("100")}]
    made = await do(graph, "draftContract", {"customerId": str(uuid4()), "lines": lines}, "contract { id }")

    error = await refused(graph, "signContract", {"id": made["contract"]["id"]}, by=caller(others.token))

    assert error["code"] == "UNAVAILABLE"
    assert await told(database) == []


async def test_an_older_profile_does_not_undo_a_newer_one(
    graph: Graph, database: Database, others: Others, draft: Draft
) -> None:
    newer = customer.CustomerProfileChanged(customer_id=draft.customer_id, version=3, name="New")
    older = customer.CustomerProfileChanged(customer_id=draft.customer_id, version=2, name="Old")
    await deliver(database, "sales", HANDLERS, newer, older)

    await sign(graph, others, draft.id)

    [data] = [event.data for event in await outbox(database) if event.type.endswith("ContractSigned")]
    assert data["customerName"] == "New"
    assert UUID(data["contractId"]) == UUID(draft.id)
