"""Files of receipts and receivables."""

from typing import Any

import pytest

from chassis import testing
from chassis.database import Database
from chassis.importing.importable import Importable
from chassis.importing.testing import Clerk, counts
from chassis.testing import Graph
from finance.__main__ import make
from finance.receipts.importable import IMPORTABLE_RECEIPTS
from finance.receivables.importable import IMPORTABLE_RECEIVABLES
from finance.settings import Settings
from services.finance.tests.telling import hear, registration, signature, told

OWED = """{ receivables { nodes { name dueOn status contractNumber outstanding { amount } } } }"""
RECEIPTS = "{ receipts { nodes { bankReference reference unmatched { amount } receivedOn } } }"


def clerk(database: Database, importable: Importable) -> Clerk:
    settings = Settings(**testing.settings().model_dump())
    return Clerk(make(), testing.runtime(database, given=settings), importable)


async def owed(graph: Graph) -> list[Any]:
    nodes: list[Any] = (await graph(OWED)).data["receivables"]["nodes"]
    return [(node["name"], node["status"], node["outstanding"]["amount"]) for node in nodes]


@pytest.mark.feature("F21", "F67")
async def test_a_banks_list_of_payments_settles_what_is_owed_once_until_it_is_undone(
    graph: Graph, database: Database
) -> None:
    signed = signature("30", "70", number="C-2026-0007")
    await hear(database, signed, registration(signed.customer_id, "上海示例科技有限公司", version=2))
    receipts = clerk(database, IMPORTABLE_RECEIPTS)
    statement = (
        "交易流水号,交易日期,对方户名,贷方金额,摘要,合同编号\n"
        "A1,2026/4/3,上海示例科技有限公司,50,首付款,\n"
        "A2,2026/4/5,上海示例科技有限公司,80,尾款,C-2026-0007\n"
        "A3,2026/4/5,某某公司,1,,\nA4,2026/4/5,上海示例科技有限公司,1,,C-9\nA1,2026/4/3,上海示例科技有限公司,50,首付款,\n"
    )

    done = await receipts.bring(statement)

    assert counts(done) == {"created": 2, "skipped": 1, "refused": 2}
    assert await owed(graph) == [("Instalment 1", "SETTLED", "0"), ("Instalment 2", "SETTLED", "0")]
    assert counts(await receipts.bring(statement)) == {"skipped": 3, "refused": 2}
    again = await receipts.bring(statement, duplicates="UPDATE")
    assert "skip duplicates" in str(again["reasons"])
    [second, first] = (await graph(RECEIPTS)).data["receipts"]["nodes"]
    assert (first["bankReference"], first["reference"], second["unmatched"]["amount"]) == (
        "A1",
        "首付款",
        "30",
    )

    assert (await receipts.undo(done["id"]))["removed"] == 2

    assert await owed(graph) == [("Instalment 1", "SCHEDULED", "30"), ("Instalment 2", "SCHEDULED", "70")]
    assert (await graph(RECEIPTS)).data["receipts"]["nodes"] == []
    reopened = [event["outstanding"]["amount"] for event in await told(database, "ReceiptUnmatched")]
    assert reopened == ["50", "70", "30"]
    assert len(await told(database, "ReceiptWithdrawn")) == 2
    assert counts(await receipts.bring(statement))["created"] == 2


@pytest.mark.feature("F67")
async def test_an_advance_fills_what_a_withdrawn_receipt_had_settled(
    graph: Graph, database: Database
) -> None:
    signed = signature("100")
    await hear(database, signed)
    receipts = clerk(database, IMPORTABLE_RECEIPTS)
    row = "bank reference,date,payer,amount\n{},2026-04-03,上海示例科技有限公司,{}\n"
    wrong = await receipts.bring(row.format("X1", 100))
    await receipts.bring(row.format("X2", 40))

    await receipts.undo(wrong["id"])

    assert await owed(graph) == [("Instalment 1", "PARTLY_PAID", "60")]


@pytest.mark.feature("F21", "F66")
async def test_a_file_moves_the_days_on_which_receivables_are_due_until_it_is_undone(
    graph: Graph, database: Database
) -> None:
    signed = signature("30", "70", number="C-2026-0007")
    await hear(database, signed)
    receivables = clerk(database, IMPORTABLE_RECEIVABLES)

    done = await receivables.bring(
        "合同编号,期次,到期日\nC-2026-0007,2,2026/8/1\nC-2026-0007,3,2026/8/1\nC-9,1,2026/8/1\n"
    )

    assert counts(done) == {"updated": 1, "refused": 2}
    assert sorted(reason["message"] for reason in done["reasons"]) == [
        "The contract has no such instalment; its signature scheduled those there are. Mend the position",
        "contract_id: there is no 'C-9', or more than one;"
        " a contract's receivables are there when it is signed",
    ]
    seen = [node["dueOn"] for node in (await graph(OWED)).data["receivables"]["nodes"]]
    assert seen == ["2026-04-01", "2026-08-01"]
    assert counts(await receivables.undo(done["id"]))["restored"] == 1
    days = [event["dueOn"] for event in await told(database, "ReceivableRescheduled")]
    assert days == ["2026-08-01", "2026-05-01"]
