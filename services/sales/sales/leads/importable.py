"""Leads in files."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.importing.custom import changing
from chassis.importing.graphql import imports
from chassis.importing.importable import Field, Importable, Values, each, first_of, known_by, looked_up_by
from sales.known.models import KnownCustomer, KnownEmployee
from sales.leads import commands
from sales.leads.models import Lead, LeadStatus


async def _create(session: AsyncSession, row: Values) -> Lead:
    return await commands.create_lead(session, **row)


async def _update(session: AsyncSession, row: tuple[UUID, Values]) -> Lead:
    id, values = row
    owner_id = values.pop("owner_id", None)
    lead = await commands.change_lead(session, id, changes=values)
    return await commands.assign_lead(session, id, owner_id=owner_id) if owner_id else lead


async def _restore(session: AsyncSession, lead: Lead, values: Values) -> None:
    await commands.change_lead(session, lead.id, changes=values)


async def _remove(session: AsyncSession, lead: Lead) -> None:
    if lead.status is not LeadStatus.LOST:
        await commands.lose_lead(session, lead.id, reason="The import that brought it in was undone")


IMPORTABLE_LEADS = Importable(
    noun="lead",
    name="Lead",
    plural="leads",
    model=Lead,
    fields=(
        Field(
            "company",
            ("公司名称", "公司", "客户名称", "account", "organisation"),
            required=True,
            rules=("width", "spaces"),
            longest=200,
        ),
        Field("contact_name", ("联系人", "姓名", "name", "contact"), rules=("spaces",), longest=200),
        Field("email", ("邮箱", "电子邮箱", "mail", "e-mail"), rules=("email",), longest=320),
        Field("phone", ("电话", "手机", "手机号", "mobile", "telephone"), rules=("phone",), longest=50),
        Field("region", ("地区", "区域", "省市"), rules=("spaces",), longest=100),
        Field("industry", ("行业", "sector"), rules=("width", "spaces"), longest=200),
        Field("product_interest", ("意向产品", "产品", "product"), rules=("spaces",), longest=200),
        Field("source", ("来源", "线索来源", "lead source", "channel"), rules=("spaces",), longest=100),
        Field("message", ("留言", "备注", "note", "comment")),
        Field(
            "owner_id",
            ("负责人", "销售", "owner", "sales agent"),
            kind="id",
            lookup=looked_up_by(KnownEmployee.name),
        ),
        Field("customer_id", ("客户编号", "customer"), kind="id", lookup=looked_up_by(KnownCustomer.name)),
    ),
    key=first_of("phone", "email"),
    known=known_by(phone=Lead.phone, email=Lead.email),
    create=each(_create),
    update=changing(_update),
    remove=_remove,
    restore=_restore,
)

LEAD_IMPORTS = imports("sales", IMPORTABLE_LEADS)
