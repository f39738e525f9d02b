"""Files of leads, deals and products."""

import pytest

from chassis import testing
from chassis.database import Database
from chassis.importing.importable import Importable
from chassis.importing.testing import Clerk, counts
from chassis.testing import Graph, outbox
from sales.__main__ import make
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
