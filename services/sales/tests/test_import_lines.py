"""Files of quotes and contracts: rows are lines, and those of one record come in or stay out together."""

import pytest

from chassis import testing
from chassis.database import Database
from chassis.importing.testing import Clerk, counts
from chassis.testing import Graph, deliver
from roundel.customer.v1 import customer_events_pb2 as customer
from sales.__main__ import make
from sales.consumers import HANDLERS
from sales.contracts.importable import IMPORTABLE_CONTRACTS
from sales.quotes.importable import IMPORTABLE_QUOTES
from services.sales.tests.steps import opportunity, product

QUOTES = """{ quotes(sort: {by: CREATED_AT, direction: ASC}) { nodes {
  number total { amount } lines { description quantity } } } }"""
CONTRACTS = (
    "{ contracts { nodes { title total { amount currency } lines { description amount { amount } } } } }"
)


@pytest.fixture
async def quotes(database: Database, graph: Graph) -> Clerk:
    """A clerk with quotes to enter, a deal and a product to offer."""
    await opportunity(graph, name="官网改版")
    await product(graph, "P1", "100.00")
    return Clerk(make(), testing.runtime(database), IMPORTABLE_QUOTES)


@pytest.mark.feature("F21")
async def test_rows_of_one_quote_become_its_lines_and_a_bad_row_keeps_all_of_them_out(
    quotes: Clerk, graph: Graph
) -> None:
    done = await quotes.bring(
        "报价单,商机,产品,数量,单价\n"
        "Q1,官网改版,P1,2,\nq1 ,官网改版,P1,1,50\n"
        "Q2,官网改版,P1,1,\nQ2,官网改版,P9,1,\n"
        "Q3,官网改版,P1,3,\n"
    )

    assert counts(done) == {"created": 2, "refused": 2}
    assert {reason["message"] for reason in done["reasons"]} == {
        "product_id: there is no 'P9', or more than one",
        "Another row of the same record is refused",
    }
    kept = (await graph(QUOTES)).data["quotes"]["nodes"]
    assert [(quote["total"]["amount"], len(quote["lines"])) for quote in kept] == [("250", 2), ("300", 1)]

    undone = await quotes.undo(done["id"])
    assert (undone["removed"], undone["left"]) == (2, 0)
    assert (await graph(QUOTES)).data["quotes"]["nodes"] == []


@pytest.mark.feature("F21")
async def test_a_quote_whose_rows_end_one_chunk_and_begin_the_next_is_whole(
    quotes: Clerk, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.importing.files.CHUNK", 3)
    rows = ["Q1", "Q2", "Q2", "Q2", "Q2", "Q3", "Q3"]

    done = await quotes.bring("报价单,商机,产品\n" + "".join(f"{each},官网改版,P1\n" for each in rows))

    assert counts(done) == {"created": 3}
    kept = (await graph(QUOTES)).data["quotes"]["nodes"]
    assert sorted(len(quote["lines"]) for quote in kept) == [1, 2, 4]


@pytest.mark.feature("F21")
async def test_contracts_come_in_as_drafts_with_their_lines(database: Database, graph: Graph) -> None:
    known = customer.CustomerRegistered(
        customer_id="019a0000-0000-7000-8000-000000000001", version=1, name="上海示例科技有限公司"
    )
    await deliver(database, "sales", HANDLERS, known)
    contracts = Clerk(make(), testing.runtime(database), IMPORTABLE_CONTRACTS)

    done = await contracts.bring(
        "合同编号,客户,合同名称,明细,金额,币种\n"
        'A,上海示例科技有限公司,官网,设计,1.5万,\nA,上海示例科技有限公司,官网,开发,"20,000",\n'
        "B,上海示例科技有限公司,App,Design,10,USD\nB,上海示例科技有限公司,App,Build,10,CNY\n"
    )

    assert counts(done) == {"created": 1, "refused": 2}
    [contract] = (await graph(CONTRACTS)).data["contracts"]["nodes"]
    assert (contract["title"], contract["total"]) == ("官网", {"amount": "35000", "currency": "CNY"})
    assert [line["description"] for line in contract["lines"]] == ["设计", "开发"]
    assert (await contracts.undo(done["id"]))["removed"] == 1
