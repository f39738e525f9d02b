"""Invoices: applied for by an accepted delivery or by hand, numbered without gaps, to the legal name."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from chassis import testing
from chassis.database import Database
from chassis.importing.testing import Clerk, counts
from chassis.messaging.subscriber import NotYet
from chassis.testing import Graph, employee, outbox
from finance.__main__ import make
from finance.invoices.importable import IMPORTABLE_INVOICES
from finance.settings import Settings
from services.finance.tests.telling import acceptance, hear, registration, signature, told

INVOICES = """{ invoices { nodes { id number legalName amount { amount currency } status appliedOn
  contract { id } customer { id } receivable { name } } } }"""
APPLY = """mutation($input: ApplyForInvoiceInput!) { applyForInvoice(input: $input) {
  invoice { id status amount { amount } receivable { name } } } }"""
ISSUE = """mutation($input: IssueInvoiceInput!) { issueInvoice(input: $input) {
  invoice { number legalName status issuedOn version } } }"""


async def invoices(graph: Graph) -> list[Any]:
    found: list[Any] = (await graph(INVOICES)).data["invoices"]["nodes"]
    return found


async def apply(graph: Graph, contract: str, **given: Any) -> Any:
    return await graph(APPLY, {"input": {"contractId": contract, **given}})


async def issue(graph: Graph, id: str, **given: Any) -> Any:
    return await graph(ISSUE, {"input": {"id": id, **given}})


async def applied(graph: Graph, contract: str, **given: Any) -> str:
    answer = await apply(graph, contract, **given)
    assert not answer.errors
    return str(answer.data["applyForInvoice"]["invoice"]["id"])


@pytest.mark.feature("F56", "F68")
async def test_an_accepted_delivery_is_applied_for_then_issued_to_the_legal_name(
    graph: Graph, database: Database
) -> None:
    signed = signature("30", "70")
    await hear(database, signed, registration(signed.customer_id, "上海示例科技股份有限公司"))
    await hear(database, acceptance(signed))

    [application] = await invoices(graph)
    assert (application["status"], application["number"], application["appliedOn"]) == (
        "APPLIED",
        None,
        "2026-06-20",
    )
    assert application["amount"] == {"amount": "100", "currency": "CNY"}

    answer = await issue(graph, application["id"], issuedOn="2026-06-25", expectedVersion=1)

    assert answer.data["issueInvoice"]["invoice"] == {
        "number": "INV-2026-000001",
        "legalName": "上海示例科技股份有限公司",
        "status": "ISSUED",
        "issuedOn": "2026-06-25",
        "version": 2,
    }
    [event] = await told(database, "InvoiceIssued")
    assert event["number"] == "INV-2026-000001"
    assert event["contractId"] == signed.contract_id
    assert event["amount"] == {"amount": "100", "currency": "CNY"}
    assert event["occurredAt"] == "2026-06-25T00:00:00Z"


async def test_an_acceptance_told_twice_applies_once(graph: Graph, database: Database) -> None:
    signed = signature("100")
    accepted = acceptance(signed)
    await hear(database, signed, accepted, accepted)

    assert len(await invoices(graph)) == 1


async def test_an_acceptance_waits_for_the_receivables(graph: Graph, database: Database) -> None:
    signed = signature("100")
    accepted, id = acceptance(signed), uuid4()

    with pytest.raises(NotYet):
        await hear(database, accepted, id=id)
    await hear(database, signed)
    await hear(database, accepted, id=id)

    assert len(await invoices(graph)) == 1


@pytest.mark.feature("F68")
async def test_an_acceptance_applies_for_what_is_not_invoiced_yet(graph: Graph, database: Database) -> None:
    signed = signature("30", "70")
    await hear(database, signed)
    [first, _] = (await graph("{ receivables { nodes { id } } }")).data["receivables"]["nodes"]
    await applied(graph, signed.contract_id, receivableId=first["id"])

    await hear(database, acceptance(signed))

    assert sorted(invoice["amount"]["amount"] for invoice in await invoices(graph)) == ["30", "70"]


async def test_no_more_is_invoiced_than_is_owed(graph: Graph, database: Database) -> None:
    signed = signature("30", "70")
    await hear(database, signed)
    [first, _] = (await graph("{ receivables { nodes { id } } }")).data["receivables"]["nodes"]
    contract, cny = signed.contract_id, {"currency": "CNY"}

    await applied(graph, contract, receivableId=first["id"])
    assert (await apply(graph, contract, receivableId=first["id"])).codes == ["CONFLICT"]
    too_much = await apply(graph, contract, amount={"amount": "70.01", **cny})
    assert too_much.codes == ["CONFLICT"]
    assert too_much.errors[0]["extensions"]["facts"] == {"available": "70"}
    assert (await apply(graph, contract, amount={"amount": "-1", **cny})).codes == ["INVALID"]
    assert (await apply(graph, contract, amount={"amount": "1", "currency": "USD"})).codes == ["INVALID"]
    assert (await apply(graph, str(uuid4()))).codes == ["NOT_FOUND"]
    await applied(graph, contract)
    assert (await apply(graph, contract)).codes == ["CONFLICT"]
    assert len(await invoices(graph)) == 2


async def test_applications_at_the_same_moment_never_exceed_the_contract(
    graph: Graph, database: Database
) -> None:
    signed = signature("100")
    await hear(database, signed)
    money = {"amount": "40", "currency": "CNY"}

    answers = await asyncio.gather(*(apply(graph, signed.contract_id, amount=money) for _ in range(4)))

    assert sorted(len(answer.errors) for answer in answers) == [0, 0, 1, 1]


async def test_what_is_invoiced_cannot_be_voided(graph: Graph, database: Database) -> None:
    signed = signature("100")
    await hear(database, signed)
    await applied(graph, signed.contract_id)
    [found] = (await graph("{ receivables { nodes { id } } }")).data["receivables"]["nodes"]
    void = "mutation($input: VoidReceivableInput!) { voidReceivable(input: $input) { receivable { id } } }"

    assert (await graph(void, {"input": {"id": found["id"], "reason": "x"}})).codes == ["CONFLICT"]


async def test_numbers_have_no_gap_within_their_year_whoever_issues_at_once(
    graph: Graph, database: Database
) -> None:
    signatures = [signature("100") for _ in range(5)]
    await hear(database, *signatures)
    ids = [await applied(graph, signed.contract_id) for signed in signatures]

    days = ["2026-01-05"] * 4 + ["2025-12-30"]
    answers = await asyncio.gather(
        *(issue(graph, id, issuedOn=day) for id, day in zip(ids, days, strict=True)),
        issue(graph, ids[0], issuedOn="2026-01-05"),
    )

    numbers = [answer.data["issueInvoice"]["invoice"]["number"] for answer in answers if not answer.errors]
    assert sorted(numbers) == ["INV-2025-000001", *(f"INV-2026-00000{number}" for number in range(1, 5))]
    assert [answer.codes for answer in answers if answer.errors] == [["CONFLICT"]]


async def test_the_name_on_an_invoice_is_that_of_its_day(graph: Graph, database: Database) -> None:
    signed = signature("30", "70")
    newer = registration(signed.customer_id, "New name", version=3)
    await hear(database, signed, newer, registration(signed.customer_id, "Old name", version=2))
    first = await applied(graph, signed.contract_id, amount={"amount": "30", "currency": "CNY"})
    await issue(graph, first)
    await hear(database, registration(signed.customer_id, "Newest name", version=4))
    second = await applied(graph, signed.contract_id)
    await issue(graph, second)

    names = {invoice["id"]: invoice["legalName"] for invoice in await invoices(graph)}
    assert names == {first: "New name", second: "Newest name"}


async def test_a_refused_issue_tells_nobody(graph: Graph, database: Database) -> None:
    signed = signature("100")
    await hear(database, signed)
    id = await applied(graph, signed.contract_id)
    before = len(await outbox(database))

    assert (await issue(graph, id, expectedVersion=9)).codes == ["CONFLICT"]
    assert (await issue(graph, id, issuedOn="2999-01-01")).codes == ["INVALID"]
    assert (await issue(graph, str(uuid4()))).codes == ["NOT_FOUND"]
    reader = employee("invoice:read")
    assert (await graph(ISSUE, {"input": {"id": id}}, by=reader)).codes == ["FORBIDDEN"]
    assert len(await outbox(database)) == before


@pytest.mark.feature("F21")
async def test_each_row_of_a_file_applies_for_an_invoice_until_it_is_withdrawn(
    graph: Graph, database: Database
) -> None:
    signed = signature("30", "70")
    await hear(database, signed)
    settings = Settings(**testing.settings().model_dump())
    runtime = testing.runtime(database, given=settings)
    files = Clerk(make(), runtime, IMPORTABLE_INVOICES)

    done = await files.bring(f"合同,金额\n{signed.contract_id},40\n{signed.contract_id},61\n{uuid4()},1\n")

    assert counts(done) == {"created": 1, "refused": 2}
    assert [invoice["amount"]["amount"] for invoice in await invoices(graph)] == ["40"]
    assert (await files.undo(done["id"]))["removed"] == 1
    assert await invoices(graph) == []
