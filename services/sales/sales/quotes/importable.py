"""Quotes in files: each row is a line, rows of one quote stand together."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.importing.graphql import imports
from chassis.importing.importable import (
    Field,
    Importable,
    Values,
    each,
    looked_up_by,
    never_changed,
    none_known,
)
from chassis.money import Money
from sales.opportunities.models import Opportunity
from sales.products.models import Product
from sales.quotes import commands
from sales.quotes.commands import Item
from sales.quotes.models import Quote

CURRENCY = "CNY"  # of prices that name none


def _item(row: Values) -> Item:
    price = Money(row["unit_price"], row.get("currency", CURRENCY)) if "unit_price" in row else None
    given: Any = {name: row[name] for name in ("product_id", "quantity", "discount_percent") if name in row}
    return Item(**{"quantity": 1, **given}, unit_price=price)


async def _create(session: AsyncSession, row: Values) -> Quote:
    return await commands.create_quote(
        session,
        opportunity_id=row["opportunity_id"],
        items=[_item(line) for line in row["rows"]],
        at=row.get("quoted_at"),
        custom=row.get("custom"),
    )


IMPORTABLE_QUOTES = Importable(
    noun="quote",
    name="Quote",
    plural="quotes",
    model=Quote,
    fields=(
        Field("quote", ("报价单", "报价编号", "quote number"), required=True, rules=("width",), longest=100),
        Field(
            "opportunity_id",
            ("商机", "商机名称", "商机编号", "opportunity", "deal"),
            kind="id",
            required=True,
            lookup=looked_up_by(Opportunity.external_id, Opportunity.name),
        ),
        Field(
            "product_id",
            ("产品", "产品编号", "product", "sku"),
            kind="id",
            required=True,
            lookup=looked_up_by(Product.sku, Product.name),
        ),
        Field("quantity", ("数量", "pieces"), kind="decimal"),
        Field("unit_price", ("单价", "报价", "price"), kind="decimal"),
        Field("currency", ("币种",), rules=("width", "upper"), longest=3),
        Field("discount_percent", ("折扣", "折扣率", "discount"), kind="decimal"),
        Field("quoted_at", ("报价日期", "报价时间", "date"), kind="datetime"),
    ),
    key=lambda _: None,
    known=none_known,
    create=each(_create),
    update=never_changed,
    remove=commands.discard_quote,
    group="quote",
)

QUOTE_IMPORTS = imports("sales", IMPORTABLE_QUOTES)
