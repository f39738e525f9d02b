"""People in files."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.importing.custom import changing
from chassis.importing.graphql import imports
from chassis.importing.importable import Field, Importable, Values, each, first_of, known_by
from customer.companies.importable import customer_ids
from customer.contacts import commands
from customer.contacts.models import Contact, DecisionRole

ROLES = {
    "user": DecisionRole.USER,
    "使用者": DecisionRole.USER,
    "influencer": DecisionRole.INFLUENCER,
    "影响者": DecisionRole.INFLUENCER,
    "decision_maker": DecisionRole.DECISION_MAKER,
    "决策者": DecisionRole.DECISION_MAKER,
    "决策人": DecisionRole.DECISION_MAKER,
}


async def _create(session: AsyncSession, row: Values) -> Contact:
    return await commands.add_contact(session, **row)


async def _update(session: AsyncSession, row: tuple[UUID, Values]) -> Contact:
    id, values = row
    return await commands.change_contact(session, id, changes=values)


async def _restore(session: AsyncSession, contact: Contact, values: Values) -> None:
    await commands.change_contact(session, contact.id, changes=values)


IMPORTABLE_CONTACTS = Importable(
    noun="contact",
    name="Contact",
    plural="contacts",
    model=Contact,
    fields=(
        Field(
            "customer_id",
            ("公司名称", "客户", "公司", "company", "account", "customer"),
            kind="id",
            required=True,
            rules=("width", "spaces"),
            lookup=customer_ids,
        ),
        Field(
            "name", ("姓名", "联系人", "contact", "full name"), required=True, rules=("spaces",), longest=200
        ),
        Field("title", ("职位", "职务", "position", "job title"), rules=("spaces",), longest=100),
        Field("decision_role", ("决策角色", "角色", "role"), kind="choice", choices=ROLES),
        Field("email", ("邮箱", "电子邮箱", "mail", "e-mail"), rules=("email",), longest=320),
        Field("phone", ("电话", "手机", "手机号", "mobile", "telephone"), rules=("phone",), longest=20),
    ),
    key=first_of("phone", "email"),
    known=known_by(phone=Contact.phone, email=Contact.email),
    create=each(_create),
    update=changing(_update),
    remove=commands.remove_contact,
    restore=_restore,
)

CONTACT_IMPORTS = imports("customer", IMPORTABLE_CONTACTS)
