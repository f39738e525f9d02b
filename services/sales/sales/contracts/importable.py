"""Contracts in files, as drafts: each row is a line, rows of one contract stand together."""

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
from sales.contracts import commands
from sales.contracts.commands import Item, Terms
from sales.contracts.models import Contract
from sales.known.models import KnownCustomer, KnownEmployee
from sales.opportunities.models import Opportunity
from sales.products.models import Product

CURRENCY = "CNY"  # of amounts that name none


def _item(row: Values) -> Item:
    given: Any = {name: row[name] for name in ("description", "quantity", "product_id") if name in row}
    return Item(amount=Money(row["amount"], row.get("currency", CURRENCY)), **given)


async def _create(session: AsyncSession, row: Values) -> Contract:
    given: Any = {
        name: row[name] for name in ("title", "starts_on", "ends_on", "at", "custom") if name in row
    }
    return await commands.draft_freely(
        session,
        customer_id=row["customer_id"],
        items=[_item(line) for line in row["rows"]],
        terms=Terms(**given),
        opportunity_id=row.get("opportunity_id"),
        owner_id=row.get("owner_id"),
    )


IMPORTABLE_CONTRACTS = Importable(
    noun="contract",
    name="Contract",
    plural="contracts",
    model=Contract,
    fields=(
        Field(
            "contract", ("合同", "合同编号", "contract number"), required=True, rules=("width",), longest=100
        ),
        Field(
            "customer_id",
            ("客户", "客户名称", "公司名称", "customer", "account", "company"),
            kind="id",
            required=True,
            rules=("width", "spaces"),
            lookup=looked_up_by(KnownCustomer.name),
        ),
        Field("title", ("标题", "合同名称", "name"), rules=("spaces",), longest=200),
        Field(
            "description",
            ("项目", "明细", "交付内容", "item", "line"),
            required=True,
            rules=("spaces",),
            longest=200,
        ),
        Field("amount", ("金额", "sum"), kind="decimal", required=True),
        Field("currency", ("币种",), rules=("width", "upper"), longest=3),
        Field("quantity", ("数量", "pieces"), kind="decimal"),
        Field(
            "product_id",
            ("产品", "产品编号", "product", "sku"),
            kind="id",
            lookup=looked_up_by(Product.sku, Product.name),
        ),
        Field("starts_on", ("开始日期", "start date"), kind="date"),
        Field("ends_on", ("结束日期", "end date"), kind="date"),
        Field("at", ("起草时间", "drafted"), kind="datetime"),
        Field(
            "opportunity_id",
            ("商机", "商机名称", "opportunity", "deal"),
            kind="id",
            lookup=looked_up_by(Opportunity.external_id, Opportunity.name),
        ),
        Field("owner_id", ("负责人", "销售", "owner"), kind="id", lookup=looked_up_by(KnownEmployee.name)),
    ),
    key=lambda _: None,
    known=none_known,
    create=each(_create),
    update=never_changed,
    remove=commands.discard_contract,
    group="contract",
)

CONTRACT_IMPORTS = imports("sales", IMPORTABLE_CONTRACTS)
