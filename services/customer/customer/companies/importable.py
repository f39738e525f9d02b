"""Companies in files."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.cleaning.companies import name_key
from chassis.importing.custom import changing
from chassis.importing.graphql import imports
from chassis.importing.importable import Field, Importable, Values, together
from customer.companies import commands
from customer.companies.models import Customer, CustomerStatus
from customer.companies.queries import customers_like

CURRENCY = "CNY"  # of revenue that names none
STATUSES = {
    "contacted": CustomerStatus.CONTACTED,
    "初步接触": CustomerStatus.CONTACTED,
    "interested": CustomerStatus.INTERESTED,
    "意向明确": CustomerStatus.INTERESTED,
    "negotiating": CustomerStatus.NEGOTIATING,
    "商务谈判": CustomerStatus.NEGOTIATING,
    "signed": CustomerStatus.SIGNED,
    "已签约": CustomerStatus.SIGNED,
}


async def customer_ids(session: AsyncSession, texts: Sequence[str]) -> dict[str, UUID]:
    """Return the customers that are meant by these names or external ids, by text."""
    by_key, by_external_id = await customers_like(session, texts, texts)
    found = {text: by_external_id.get(text) or by_key.get(name_key(text)) for text in texts}
    return {text: id for text, id in found.items() if id}


async def _known(session: AsyncSession, rows: Sequence[Values]) -> list[UUID | None]:
    external_ids = [row["external_id"] for row in rows if "external_id" in row]
    by_key, by_external_id = await customers_like(session, [row["name"] for row in rows], external_ids)
    return [
        by_external_id.get(row.get("external_id", "")) or by_key.get(name_key(row["name"])) for row in rows
    ]


async def _create(session: AsyncSession, rows: Sequence[Values]) -> Sequence[Customer]:
    return await commands.register_customers(session, [_with_currency(row) for row in rows])


async def _update(session: AsyncSession, row: tuple[UUID, Values]) -> Customer:
    id, values = row
    return await commands.change_profile(session, id, expected_version=None, changes=_with_currency(values))


async def _restore(session: AsyncSession, customer: Customer, values: Values) -> None:
    await commands.change_profile(session, customer.id, expected_version=None, changes=values)


async def _remove(session: AsyncSession, customer: Any) -> None:
    await commands.remove_customer(session, customer)


def _with_currency(row: Values) -> Values:
    return {"revenue_currency": CURRENCY, **row} if "revenue_amount" in row else row


IMPORTABLE_CUSTOMERS = Importable(
    noun="customer",
    name="Customer",
    plural="customers",
    model=Customer,
    fields=(
        Field(
            "name",
            ("公司名称", "客户名称", "company", "account", "customer"),
            required=True,
            rules=("width", "spaces"),
            longest=200,
        ),
        Field("status", ("状态", "客户状态", "stage"), kind="choice", choices=STATUSES),
        Field("industry", ("行业", "sector"), rules=("width", "spaces"), longest=200),
        Field("region", ("地区", "区域", "office location"), rules=("spaces",), longest=100),
        Field("size_band", ("规模", "人员规模", "size"), rules=("width",), longest=50),
        Field("source", ("来源", "客户来源", "lead source"), rules=("spaces",), longest=100),
        Field("pain_points", ("痛点", "需求痛点"), kind="list"),
        Field("incumbent", ("现有方案", "竞品", "current solution"), longest=200),
        Field("tags", ("标签",), kind="list"),
        Field("owner_id", ("负责人", "owner"), kind="id"),
        Field("external_id", ("外部编号", "客户编号", "account id", "customer id"), longest=100),
        Field(
            "registration_number",
            ("统一社会信用代码", "税号", "uscc", "tax number"),
            rules=("width", "upper"),
            longest=50,
        ),
        Field("legal_representative", ("法定代表人", "法人"), rules=("spaces",), longest=100),
        Field("founded_year", ("成立年份", "year established"), kind="integer"),
        Field("employees", ("员工人数", "人数", "headcount"), kind="integer"),
        Field("revenue_amount", ("年营收", "营业额", "revenue"), kind="decimal"),
        Field("revenue_currency", ("币种", "currency"), rules=("width", "upper"), longest=3),
        Field("headquarters", ("总部", "地址", "address"), rules=("width", "spaces"), longest=200),
        Field("parent_id", ("母公司", "上级公司", "subsidiary of", "parent"), kind="id", lookup=customer_ids),
    ),
    key=lambda row: name_key(row["name"]),
    known=_known,
    create=together(_create),
    update=changing(_update),
    remove=_remove,
    restore=_restore,
)

CUSTOMER_IMPORTS = imports("customer", IMPORTABLE_CUSTOMERS)
