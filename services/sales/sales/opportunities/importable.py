"""Deals in files."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import uuid7
from chassis.errors import DomainError
from chassis.importing.custom import changing
from chassis.importing.graphql import imports
from chassis.importing.importable import Field, Importable, Made, Values, first_of, known_by, looked_up_by
from chassis.money import Money
from sales.known.models import KnownCustomer, KnownEmployee
from sales.opportunities import commands
from sales.opportunities.history import Deal, change_deal, deal_of, import_deals, restore_deal
from sales.opportunities.models import Opportunity, OpportunityStatus
from sales.opportunities.queries import opportunities_of
from sales.products.models import Product

CURRENCY = "CNY"  # of amounts that name none
_MONEY = ("currency", "amount", "close_value")
STATUSES = {
    "open": OpportunityStatus.OPEN,
    "进行中": OpportunityStatus.OPEN,
    "engaging": OpportunityStatus.OPEN,
    "won": OpportunityStatus.WON,
    "赢单": OpportunityStatus.WON,
    "成交": OpportunityStatus.WON,
    "lost": OpportunityStatus.LOST,
    "丢单": OpportunityStatus.LOST,
}


def _deal(row: Values) -> Deal | DomainError:
    currency = row.get("currency", CURRENCY)
    plain = {name: value for name, value in row.items() if name not in _MONEY}
    try:
        return Deal(
            **{"external_id": str(uuid7()), "status": OpportunityStatus.OPEN, **plain},
            amount=Money(row["amount"], currency) if "amount" in row else None,
            close_value=Money(row["close_value"], currency) if "close_value" in row else None,
        )
    except DomainError as error:
        return error


async def _create(session: AsyncSession, rows: Sequence[Values]) -> Sequence[Made]:
    results = await import_deals(session, [_deal(row) for row in rows], update=True)
    ids = [result[1] for result in results if not isinstance(result, DomainError)]
    made = await opportunities_of(session, ids)
    return [result if isinstance(result, DomainError) else made[result[1]] for result in results]


async def _update(session: AsyncSession, row: tuple[UUID, Values]) -> Opportunity:
    id, values = row
    known = deal_of(await session.get_one(Opportunity, id))
    changes = {name: value for name, value in values.items() if name not in _MONEY}
    for name, before in (("amount", known.amount), ("close_value", known.close_value)):
        amount = values.get(name, before.amount if before else None)
        currency = values.get("currency", before.currency if before else CURRENCY)
        changes[name] = None if amount is None else Money(amount, currency)
    return await change_deal(session, id, changes)


async def _remove(session: AsyncSession, opportunity: Opportunity) -> None:
    if opportunity.status is not OpportunityStatus.LOST:
        await commands.lose_opportunity(
            session, opportunity.id, reason="The import that brought it in was undone"
        )


IMPORTABLE_OPPORTUNITIES = Importable(
    noun="opportunity",
    name="Opportunity",
    plural="opportunities",
    model=Opportunity,
    fields=(
        Field(
            "name", ("商机名称", "名称", "deal", "deal name"), required=True, rules=("spaces",), longest=200
        ),
        Field("external_id", ("外部编号", "商机编号", "opportunity id", "deal id"), longest=100),
        Field("status", ("状态", "结果", "deal stage"), kind="choice", choices=STATUSES),
        Field("stage", ("阶段", "商机阶段"), longest=50),
        Field(
            "customer_id",
            ("客户名称", "客户", "公司名称", "account", "customer", "company"),
            kind="id",
            lookup=looked_up_by(KnownCustomer.name),
        ),
        Field(
            "owner_id",
            ("负责人", "销售", "owner", "sales agent"),
            kind="id",
            lookup=looked_up_by(KnownEmployee.name),
        ),
        Field(
            "product_id",
            ("产品", "产品编号", "product", "sku"),
            kind="id",
            lookup=looked_up_by(Product.name, Product.sku),
        ),
        Field("amount", ("金额", "预计金额", "expected amount"), kind="decimal"),
        Field("close_value", ("成交金额", "close value"), kind="decimal"),
        Field("currency", ("币种",), rules=("width", "upper"), longest=3),
        Field("engaged_on", ("接触日期", "engage date", "began"), kind="date"),
        Field("closed_on", ("关闭日期", "成交日期", "close date"), kind="date"),
        Field("lost_reason", ("丢单原因", "reason")),
    ),
    key=first_of("external_id"),
    known=known_by(external_id=Opportunity.external_id),
    create=_create,
    update=changing(_update),
    remove=_remove,
    restore=restore_deal,
)

OPPORTUNITY_IMPORTS = imports("sales", IMPORTABLE_OPPORTUNITIES)
