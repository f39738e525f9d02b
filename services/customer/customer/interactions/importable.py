"""The follow-up log in files: each row is one entry."""

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
from customer.companies.importable import customer_ids
from customer.contacts.models import Contact
from customer.interactions import commands
from customer.interactions.models import Interaction, InteractionKind

KINDS = {kind.value: kind for kind in InteractionKind} | {
    "电话": InteractionKind.CALL,
    "拜访": InteractionKind.VISIT,
    "会议": InteractionKind.MEETING,
    "邮件": InteractionKind.EMAIL,
    "演示": InteractionKind.DEMO,
    "消息": InteractionKind.MESSAGE,
    "微信": InteractionKind.MESSAGE,
    "备注": InteractionKind.NOTE,
}


async def _create(session: AsyncSession, row: Values) -> Interaction:
    given: Any = {"kind": InteractionKind.NOTE, **row}
    return await commands.log_interaction(session, **given)


IMPORTABLE_INTERACTIONS = Importable(
    noun="interaction",
    name="Interaction",
    plural="interactions",
    model=Interaction,
    fields=(
        Field(
            "customer_id",
            ("公司名称", "客户", "company", "account", "customer"),
            kind="id",
            required=True,
            rules=("width", "spaces"),
            lookup=customer_ids,
        ),
        Field("subject", ("主题", "跟进主题", "title"), required=True, rules=("spaces",), longest=200),
        Field("kind", ("方式", "跟进方式", "type"), kind="choice", choices=KINDS),
        Field("at", ("时间", "跟进时间", "date", "when"), kind="datetime"),
        Field(
            "contact_id",
            ("联系人", "电话", "邮箱", "contact"),
            kind="id",
            lookup=looked_up_by(Contact.email, Contact.phone, Contact.name),
        ),
        Field("body", ("内容", "跟进内容", "details", "note"), longest=20_000),
        Field("next_plan", ("下一步计划", "下一步", "next step"), longest=20_000),
        Field("opportunity_id", ("商机编号", "opportunity"), kind="id"),
    ),
    key=lambda _: None,
    known=none_known,
    create=each(_create),
    update=never_changed,
    remove=commands.remove_interaction,
)

INTERACTION_IMPORTS = imports("customer", IMPORTABLE_INTERACTIONS)
