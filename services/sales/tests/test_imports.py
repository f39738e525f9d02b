"""Files of leads, deals and products."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from chassis import testing
from chassis.database import Database
from chassis.importing.importable import Importable
from chassis.importing.testing import Clerk, counts
from chassis.testing import Graph, deliver, outbox
from roundel.customer.v1 import customer_events_pb2 as customer
from sales.__main__ import make
from sales.consumers import HANDLERS
from sales.contracts.importable import IMPORTABLE_CONTRACTS
from sales.contracts.models import Contract, ContractStatus
from sales.leads.importable import IMPORTABLE_LEADS
from sales.opportunities.importable import IMPORTABLE_OPPORTUNITIES
from sales.products.importable import IMPORTABLE_PRODUCTS


def clerk(database: Database, importable: Importable) -> Clerk:
    return Clerk(make(), testing.runtime(database), importable)


@pytest.mark.feature("F21")
async def test_leads_come_in_once_per_phone_number_and_are_given_up_when_undone(
    database: Database, graph: Graph
) -> None:
    leads = clerk(database, IMPORTABLE_LEADS)
    done = await leads.bring(
        "公司,联系人,手机,来源\n示例科技,张三,138 0013 8000,展会\n示例科技,张三,+8613800138000,官网\n"
    )
    assert counts(done) == {"created": 1, "skipped": 1}

    again = await leads.bring("公司,手机,来源\n示例科技,13800138000,官网\n", duplicates="UPDATE")
    assert counts(again) == {"updated": 1}
    seen = "{ leads { nodes { company contactName source status } } }"
    lead = {"company": "示例科技", "contactName": "张三", "source": "官网", "status": "NEW"}
    assert (await graph(seen)).data["leads"]["nodes"] == [lead]

    assert counts(await leads.undo(again["id"]))["restored"] == 1
    assert (await graph(seen)).data["leads"]["nodes"] == [{**lead, "source": "展会"}]


@pytest.mark.feature("F21")
async def test_products_and_their_prices_come_in_and_are_brought_up_to_date(
    database: Database, graph: Graph
) -> None:
    products = clerk(database, IMPORTABLE_PRODUCTS)
    done = await products.bring('货号,产品名称,单价\nA-1,轴承,"1,200"\nA-2,齿轮,\n')
    assert counts(done) == {"created": 1, "refused": 1}

    again = await products.bring("货号,产品名称,单价\nA-1,轴承 XL,1300\n", duplicates="UPDATE")
    assert counts(again) == {"updated": 1}
    answer = await graph("{ products { nodes { sku name listPrice { amount currency } } } }")
    assert answer.data["products"]["nodes"] == [
        {"sku": "A-1", "name": "轴承 XL", "listPrice": {"amount": "1300", "currency": "CNY"}}
    ]


@pytest.mark.feature("F21")
async def test_products_that_nothing_names_are_taken_off_the_list_when_undone(
    database: Database, graph: Graph
) -> None:
    done = await clerk(database, IMPORTABLE_PRODUCTS).bring("sku,name,price\nA-1,Bearing,10\nA-2,Wheel,5\n")
    await clerk(database, IMPORTABLE_OPPORTUNITIES).bring("deal name,product\nBig,A-1\n")

    undone = await clerk(database, IMPORTABLE_PRODUCTS).undo(done["id"])

    assert (undone["removed"], undone["left"]) == (1, 1)
    assert undone["leftRows"][0]["reason"] == "Something refers to it"
    answer = await graph("{ products { nodes { sku listPrice { amount } } } }")
    assert answer.data["products"]["nodes"] == [{"sku": "A-1", "listPrice": {"amount": "10"}}]
    assert "roundel.sales.v1.ProductRemoved" in [event.type for event in await outbox(database)]


@pytest.mark.feature("F21")
async def test_deals_find_their_product_by_name_and_keep_their_history(
    database: Database, graph: Graph
) -> None:
    await clerk(database, IMPORTABLE_PRODUCTS).bring("sku,name,price\nA-1,Bearing,10\n")
    done = await clerk(database, IMPORTABLE_OPPORTUNITIES).bring(
        "deal name,opportunity id,status,product,close value,engage date,close date\n"
        "Big,O1,Won,Bearing,5000,2026/1/2,2026-03-04\n"
        "Small,O2,open,A-1,,2026年2月1日,\n"
        "Odd,O3,open,Nothing,,,\n"
    )

    assert counts(done) == {"created": 2, "refused": 1}
    answer = await graph(
        "{ opportunities(sort: {by: NAME}) { nodes { name status closedOn product { sku } } } }"
    )
    assert answer.data["opportunities"]["nodes"] == [
        {"name": "Big", "status": "WON", "closedOn": "2026-03-04", "product": {"sku": "A-1"}},
        {"name": "Small", "status": "OPEN", "closedOn": None, "product": {"sku": "A-1"}},
    ]


PRICED = "{ products { nodes { sku name prices { validFrom listPrice { amount } } } } }"


@pytest.mark.feature("F21")
async def test_products_that_a_file_changed_get_their_names_and_prices_back(
    database: Database, graph: Graph
) -> None:
    products = clerk(database, IMPORTABLE_PRODUCTS)
    await products.bring("货号,产品名称,系列,单价,生效日期\nA-1,轴承,B,100,2020-01-01\n")
    before = (await graph(PRICED)).data

    done = await products.bring(
        "货号,产品名称,单价,生效日期\nA-1,轴承 XL,120,2020-01-01\nA-1,轴承 XL,130,2020-06-01\n",
        duplicates="UPDATE",
    )

    assert counts(done) == {"updated": 2}
    [product] = (await graph(PRICED)).data["products"]["nodes"]
    assert [entry["listPrice"]["amount"] for entry in product["prices"]] == ["120", "130"]
    assert counts(await products.undo(done["id"])) == {"updated": 2, "restored": 2}
    assert (await graph(PRICED)).data == before
    assert Decimal((await outbox(database))[-1].data["listPrice"]["amount"]) == 100


DEALS = """{ opportunities(sort: {by: NAME}) { nodes {
  id name status stage closedOn lostReason amount { amount currency } closeValue { amount }
} } }"""


async def deals(graph: Graph) -> list[Any]:
    nodes: list[Any] = (await graph(DEALS)).data["opportunities"]["nodes"]
    return nodes


@pytest.mark.feature("F21")
async def test_deals_that_a_file_changed_or_decided_get_their_values_back(
    database: Database, graph: Graph
) -> None:
    files = clerk(database, IMPORTABLE_OPPORTUNITIES)
    known = customer.CustomerRegistered(customer_id=str(uuid4()), version=1, name="示例科技")
    await deliver(database, "sales", HANDLERS, known)
    await files.bring(
        "deal id,deal name,stage,amount,currency,customer\nO1,A,DISCOVERY,100,USD,\n"
        "O2,B,,5,CNY,示例科技\nO3,C,,6,CNY,示例科技\nO4,D,,7,CNY,示例科技\n"
    )
    await clerk(database, IMPORTABLE_CONTRACTS).bring(
        "contract,customer,description,amount,deal\nC,示例科技,Work,6,C\nD,示例科技,Work,7,D\n"
    )
    before = await deals(graph)

    done = await files.bring(
        "deal id,deal name,stage,amount,status,close date,reason\nO1,A,SOLUTION,120,,,\n"
        "O2,B,,,lost,2026-11-01,Price\nO3,C,,,won,2026-11-01,\nO4,D,,,won,2026-11-01,\n",
        duplicates="UPDATE",
    )

    assert counts(done) == {"updated": 4}
    changed = await deals(graph)
    assert (changed[0]["stage"], changed[0]["amount"]) == ("SOLUTION", {"amount": "120", "currency": "USD"})
    assert [(deal["status"], deal["amount"]["amount"]) for deal in changed] == [
        ("OPEN", "120"),
        ("LOST", "5"),
        ("WON", "6"),
        ("WON", "7"),
    ]
    async with database.transaction() as session:
        drafts = update(Contract).where(Contract.total == 7)
        await session.execute(drafts.values(status=ContractStatus.SIGNED, signed_on=date(2026, 11, 2)))

    undone = await files.undo(done["id"])

    assert (undone["restored"], undone["left"]) == (3, 1)
    assert undone["leftRows"][0]["reason"].startswith("D is won, its contract C-")
    assert await deals(graph) == [*before[:3], changed[3]]
    told = [event.type.rsplit(".", 1)[1] for event in await outbox(database)]
    assert told[-5:] == [
        "OpportunityReopened",
        "OpportunityStageChanged",
        "OpportunityReopened",
        "OpportunityChanged",
        "OpportunityStageChanged",
    ]
    history = "query($id: ID!) { opportunity(id: $id) { history { nodes { operation cause } } } }"
    answer = await graph(history, {"id": before[0]["id"]})
    entries = answer.data["opportunity"]["history"]["nodes"]
    assert {"operation": "undo import opportunity", "cause": done["id"]} in entries


async def test_a_row_that_names_a_deal_by_its_id_changes_only_what_it_says(
    database: Database, graph: Graph
) -> None:
    files = clerk(database, IMPORTABLE_OPPORTUNITIES)
    await files.bring("deal name,stage,amount\nA,DISCOVERY,100\n")
    [before] = await deals(graph)

    done = await files.bring(
        f"no,title\n{before['id']},A+\n",
        duplicates="UPDATE",
        columns=[{"field": "id", "header": "no"}, {"field": "name", "header": "title"}],
    )

    assert counts(done) == {"updated": 1}
    assert await deals(graph) == [{**before, "name": "A+"}]
