"""Receivables: scheduled by a signature, settled by receipts, voided by reversal."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select

from chassis.access import Principal
from chassis.access.models import RecordOwner
from chassis.database import Database
from chassis.errors import Invalid
from chassis.testing import Graph, employee, outbox, statements
from finance.consumers import HANDLERS
from finance.receipts.models import Receipt, ReceiptMatch
from finance.receivables.models import Receivable
from roundel.customer.v1.customer_events_pb2 import CustomerOwned, CustomerProfileChanged
from services.finance.tests.telling import hear, registration, signature, told
from tests.access.people import Company, grant

RECEIVABLES = """query($filter: ReceivableFilter) { receivables(filter: $filter) { totalCount nodes {
  id version name amount { amount currency } outstanding { amount } dueOn status
  contract { id } customer { id } payments { amount { amount } reference }
} } }"""
RECORD = """mutation($input: RecordReceiptInput!) { recordReceipt(input: $input) { receipt {
  id amount { amount } unmatched { amount } matches { amount { amount } receivable { name } } } } }"""
VOID = """mutation($input: VoidReceivableInput!) { voidReceivable(input: $input) {
  receivable { status outstanding { amount } reversal { amount { amount } reason } } } }"""


async def receivables(graph: Graph, **filter: Any) -> list[Any]:
    found: list[Any] = (await graph(RECEIVABLES, {"filter": filter})).data["receivables"]["nodes"]
    return found


async def pay(graph: Graph, customer: str, amount: str, currency: str = "CNY", **given: Any) -> Any:
    money = {"amount": amount, "currency": currency}
    return await graph(RECORD, {"input": {"customerId": customer, "amount": money, **given}})


def matched(answer: Any) -> list[tuple[str, str]]:
    matches = answer.data["recordReceipt"]["receipt"]["matches"]
    return [(match["receivable"]["name"], match["amount"]["amount"]) for match in matches]


async def books(database: Database) -> dict[str, Decimal]:
    """Add up one currency's columns; the test uses only one."""
    row = await database.read(
        select(
            select(func.sum(Receipt.amount)).scalar_subquery(),
            select(func.sum(Receipt.unmatched)).scalar_subquery(),
            select(func.sum(ReceiptMatch.amount)).scalar_subquery(),
            select(func.sum(Receivable.amount - Receivable.outstanding)).scalar_subquery(),
        )
    )
    return dict(zip(("received", "unmatched", "matched", "settled"), row[0], strict=True))


@pytest.mark.feature("F108")
async def test_the_owner_of_a_customer_heard_of_before_owners_were_kept_sees_what_they_owe(
    graph: Graph, database: Database
) -> None:
    company = Company(database, "finance", HANDLERS)
    await company.role("seller", grant("receivable", "read", ["own"]))
    ann, ben = await company.person("seller"), await company.person("seller")
    signed = signature("100.00")
    told = registration(signed.customer_id)
    told.owner_id = str(ann.id)
    await hear(database, told, signed)
    async with database.transaction() as session:
        await session.execute(delete(RecordOwner))  # as an earlier release left it
    assert await names(graph, ann) == []

    owned = CustomerOwned(customer_id=signed.customer_id, version=1, owner_id=str(ann.id))
    await hear(database, owned, owned)
    assert (await names(graph, ann), await names(graph, ben)) == (["Instalment 1"], [])

    moved = CustomerProfileChanged(customer_id=signed.customer_id, version=2, owner_id=str(ben.id))
    await hear(database, moved, owned)
    assert (await names(graph, ann), await names(graph, ben)) == ([], ["Instalment 1"])


async def names(graph: Graph, by: Principal) -> list[str]:
    answer = await graph("{ receivables { nodes { name } } }", by=by)
    assert not answer.errors, answer.errors
    return [node["name"] for node in answer.data["receivables"]["nodes"]]


@pytest.mark.feature("F66")
async def test_a_signature_schedules_its_instalments(graph: Graph, database: Database) -> None:
    signed = signature("30000.50", "69999.50")
    await hear(database, signed)

    first, second = await receivables(graph, contractId={"eq": signed.contract_id})
    assert first["amount"] == {"amount": "30000.5", "currency": "CNY"}
    assert (first["status"], first["dueOn"], second["dueOn"]) == ("SCHEDULED", "2026-04-01", "2026-05-01")
    assert first["customer"] == {"id": signed.customer_id}
    [event] = await told(database, "ReceivablesScheduled")
    assert [part["receivableId"] for part in event["receivables"]] == [first["id"], second["id"]]
    assert event["occurredAt"] == "2026-03-01T09:00:00Z"


async def test_the_same_event_twice_schedules_and_tells_once(graph: Graph, database: Database) -> None:
    signed, id = signature("100"), uuid4()
    await hear(database, signed, id=id)
    await hear(database, signed, id=id)

    assert len(await outbox(database)) == 1
    assert len(await receivables(graph)) == 1


async def test_a_signature_told_anew_is_answered_with_the_same_receivables(
    graph: Graph, database: Database
) -> None:
    signed = signature("40", "60")
    await hear(database, signed)
    await pay(graph, signed.customer_id, "40")
    await hear(database, signed)

    first, second = await told(database, "ReceivablesScheduled")
    assert first["receivables"] == second["receivables"]
    assert first["occurredAt"] == second["occurredAt"]
    assert len(await receivables(graph)) == 2


async def test_a_signature_told_to_many_replicas_at_once_schedules_once(
    graph: Graph, database: Database
) -> None:
    signed = signature("40", "60")

    await asyncio.gather(*(hear(database, signed) for _ in range(5)))

    answers = await told(database, "ReceivablesScheduled")
    assert len(answers) == 5
    assert len({str(answer["receivables"]) for answer in answers}) == 1
    assert len(await receivables(graph)) == 2


@pytest.mark.parametrize(
    "signed",
    [
        signature("40", "50", total="100"),
        signature("100", "-20", "20", total="100"),
        signature("100", total="100.0001"),
        signature("hundred", total="100"),
    ],
    ids=["too little", "negative", "off by the smallest step", "no number"],
)
async def test_instalments_that_do_not_add_up_are_refused_for_good(
    graph: Graph, database: Database, signed: Any
) -> None:
    with pytest.raises(Invalid):
        await hear(database, signed)

    assert not await receivables(graph)
    assert not await outbox(database)


async def test_instalments_in_another_currency_are_refused_for_good(database: Database) -> None:
    signed = signature("100")
    signed.instalments[0].amount.currency = "USD"

    with pytest.raises(Invalid):
        await hear(database, signed)
    assert not await outbox(database)


@pytest.mark.feature("F67")
async def test_a_receipt_is_set_against_the_oldest_open_receivables(graph: Graph, database: Database) -> None:
    signed = signature("30", "70")
    await hear(database, signed)

    answer = await pay(graph, signed.customer_id, "50", receivedOn="2026-04-03", reference="0815")

    assert matched(answer) == [("Instalment 1", "30"), ("Instalment 2", "20")]
    first, second = await receivables(graph)
    assert (first["status"], first["outstanding"]["amount"]) == ("SETTLED", "0")
    assert (second["status"], second["outstanding"]["amount"]) == ("PARTLY_PAID", "50")
    assert second["payments"] == [{"amount": {"amount": "20"}, "reference": "0815"}]
    [recorded] = await told(database, "ReceiptRecorded")
    assert recorded["occurredAt"] == "2026-04-03T00:00:00Z"
    matches = await told(database, "ReceiptMatched")
    assert [(event["amount"]["amount"], event["outstanding"]["amount"]) for event in matches] == [
        ("30", "0"),
        ("20", "50"),
    ]
    assert [event["version"] for event in matches] == ["2", "2"]


@pytest.mark.feature("F67")
async def test_an_advance_waits_for_the_next_receivable(graph: Graph, database: Database) -> None:
    customer = str(uuid4())
    await hear(database, registration(customer))
    advances = [await pay(graph, customer, amount) for amount in ("20", "50")]
    assert [matched(advance) for advance in advances] == [[], []]
    assert advances[0].data["recordReceipt"]["receipt"]["unmatched"] == {"amount": "20"}

    await hear(database, signature("60", "40", customer_id=customer))

    first, second = await receivables(graph)
    assert (first["status"], second["outstanding"]["amount"]) == ("SETTLED", "30")
    matches = await told(database, "ReceiptMatched")
    assert [event["version"] for event in matches] == ["2", "3", "2"]
    assert await books(database) == {"received": 70, "unmatched": 0, "matched": 70, "settled": 70}


async def test_a_receipt_goes_only_where_it_is_told_to(graph: Graph, database: Database) -> None:
    older, newer = signature("100"), signature("30", "70")
    newer.customer_id = older.customer_id
    await hear(database, older, newer)
    last = (await receivables(graph, contractId={"eq": newer.contract_id}))[-1]

    of_contract = await pay(graph, older.customer_id, "40", contractId=newer.contract_id)
    of_receivable = await pay(graph, older.customer_id, "100", receivableId=last["id"])

    assert matched(of_contract) == [("Instalment 1", "30"), ("Instalment 2", "10")]
    assert matched(of_receivable) == [("Instalment 2", "60")]
    assert of_receivable.data["recordReceipt"]["receipt"]["unmatched"] == {"amount": "40"}
    [untouched] = await receivables(graph, contractId={"eq": older.contract_id})
    assert untouched["status"] == "SCHEDULED"


async def test_currencies_never_meet(graph: Graph, database: Database) -> None:
    signed = signature("100", currency="CNY")
    await hear(database, signed)

    answer = await pay(graph, signed.customer_id, "100", "USD")
    assert matched(answer) == []
    named = await pay(graph, signed.customer_id, "100", "USD", contractId=signed.contract_id)
    assert named.codes == ["INVALID"]
    assert (await receivables(graph))[0]["outstanding"] == {"amount": "100"}


@pytest.mark.feature("F67")
async def test_receipts_at_the_same_moment_never_settle_more_than_is_owed(
    graph: Graph, database: Database
) -> None:
    signed = signature("100", "50")
    await hear(database, signed)

    answers = await asyncio.gather(*(pay(graph, signed.customer_id, "30") for _ in range(8)))

    assert not [answer.errors for answer in answers if answer.errors]
    assert [found["status"] for found in await receivables(graph)] == ["SETTLED", "SETTLED"]
    assert await books(database) == {"received": 240, "unmatched": 90, "matched": 150, "settled": 150}


async def test_a_receipt_that_cannot_be_is_refused_and_tells_nobody(graph: Graph, database: Database) -> None:
    signed, other = signature("100"), signature("100")
    await hear(database, signed, other)
    [foreign] = await receivables(graph, contractId={"eq": other.contract_id})
    before = len(await outbox(database))

    assert (await pay(graph, str(uuid4()), "10")).codes == ["NOT_FOUND"]
    assert (await pay(graph, signed.customer_id, "0")).codes == ["INVALID"]
    assert (await pay(graph, signed.customer_id, "-5")).codes == ["INVALID"]
    assert (await pay(graph, signed.customer_id, "1.00001")).codes == ["INVALID"]
    assert (await pay(graph, signed.customer_id, "1", "RMBX")).codes == ["INVALID"]
    assert (await pay(graph, signed.customer_id, "1", receivedOn="2999-01-01")).codes == ["INVALID"]
    assert (await pay(graph, signed.customer_id, "1", receivableId=foreign["id"])).codes == ["INVALID"]
    assert (await pay(graph, signed.customer_id, "1", contractId=uuid4())).codes == ["NOT_FOUND"]

    assert len(await outbox(database)) == before
    assert (await graph("{ receipts { totalCount } }")).data["receipts"]["totalCount"] == 0


async def test_a_repeated_key_records_once_and_answers_alike(graph: Graph, database: Database) -> None:
    signed, caller = signature("100"), employee()
    await hear(database, signed)
    money = {"amount": "30", "currency": "CNY"}
    asked = {"input": {"customerId": signed.customer_id, "amount": money, "idempotencyKey": "k"}}

    first, second = [await graph(RECORD, asked, by=caller) for _ in range(2)]

    assert first.data == second.data
    assert len(await told(database, "ReceiptRecorded")) == 1


async def test_a_receivable_is_voided_by_reversal(graph: Graph, database: Database) -> None:
    signed = signature("30", "70")
    await hear(database, signed)
    _, last = await receivables(graph)
    asked = {"input": {"id": last["id"], "reason": "Scope cut", "expectedVersion": 1}}

    answer = await graph(VOID, asked)

    assert answer.data["voidReceivable"]["receivable"] == {
        "status": "VOID",
        "outstanding": {"amount": "0"},
        "reversal": {"amount": {"amount": "-70"}, "reason": "Scope cut"},
    }
    assert len(await receivables(graph)) == 2
    [event] = await told(database, "ReceivableVoided")
    assert event["receivableId"] == last["id"]
    assert (await graph(VOID, asked)).codes == ["CONFLICT"]


async def test_what_is_paid_cannot_be_voided(graph: Graph, database: Database) -> None:
    signed = signature("100")
    await hear(database, signed)
    await pay(graph, signed.customer_id, "1")
    [found] = await receivables(graph)

    assert (await graph(VOID, {"input": {"id": found["id"], "reason": "Mistake"}})).codes == ["CONFLICT"]
    assert (await graph(VOID, {"input": {"id": found["id"], "reason": " "}})).codes == ["INVALID"]
    assert (await graph(VOID, {"input": {"id": uuid4(), "reason": "x"}})).codes == ["NOT_FOUND"]
    assert not await told(database, "ReceivableVoided")


async def test_overdue_receivables_are_found_page_by_page(graph: Graph, database: Database) -> None:
    signed = signature("10", "20", "30")
    await hear(database, signed)
    await pay(graph, signed.customer_id, "10")
    query = """query($after: String) { receivables(
      filter: {dueOn: {lt: "2026-06-15"}, outstanding: {gt: "0"}}, first: 1, after: $after) {
        nodes { name } totalCount pageInfo { endCursor } } }"""

    page = (await graph(query)).data["receivables"]
    rest = (await graph(query, {"after": page["pageInfo"]["endCursor"]})).data["receivables"]

    assert [node["name"] for node in page["nodes"] + rest["nodes"]] == ["Instalment 2", "Instalment 3"]
    assert page["totalCount"] == 2


async def test_who_lacks_the_grant_is_refused(graph: Graph, database: Database) -> None:
    signed = signature("100")
    await hear(database, signed)
    reader = employee("receivable:read")
    money = {"amount": "1", "currency": "CNY"}
    asked = {"input": {"customerId": signed.customer_id, "amount": money}}

    assert (await graph(RECORD, asked, by=reader)).codes == ["FORBIDDEN"]
    assert (await graph("{ receivables { nodes { name } } }", by=employee("lead:read"))).codes == [
        "FORBIDDEN"
    ]
    assert not await told(database, "ReceiptRecorded")


async def test_the_money_of_many_customers_costs_one_statement_a_loader(
    graph: Graph, database: Database
) -> None:
    signatures = [signature("30", "70") for _ in range(3)]
    await hear(database, *signatures)
    for signed in signatures:
        await pay(graph, signed.customer_id, "50")
    query = """query($r: [_Any!]!) { _entities(representations: $r) {
      ... on Customer { credit { limit { amount } exposure { amount } available { amount } }
        receivables { nodes { name outstanding { amount } payments { amount { amount } } } }
        receipts { nodes { matches { receivable { name } } } } invoices { nodes { number } } }
      ... on Contract { receivables { nodes { name } } } } }"""
    representations = [{"__typename": "Customer", "id": signed.customer_id} for signed in signatures]
    representations += [{"__typename": "Contract", "id": signed.contract_id} for signed in signatures]

    with statements(database) as ran:
        answer = await graph(query, {"r": representations})

    customer, contract = answer.data["_entities"][0], answer.data["_entities"][3]
    assert customer["credit"]["exposure"] == {"amount": "50"}
    assert len(customer["receipts"]["nodes"][0]["matches"]) == 2
    assert [node["name"] for node in contract["receivables"]["nodes"]] == ["Instalment 1", "Instalment 2"]
    # credit, receivables (of customers, of contracts, of matches), payments, receipts, matches, invoices
    assert 0 < len(ran) <= 8
