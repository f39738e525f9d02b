"""Contacts in the graph."""

from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.fields.graphql import Customised, CustomValueInput, entered
from chassis.graphql.connections import Connection
from chassis.graphql.filters import ChoiceFilter, IdFilter, SortBy, TextFilter, Where, condition, ordered
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from chassis.listing import Page
from chassis.searching.asking import Search
from customer.contacts import commands
from customer.contacts.models import DecisionRole
from customer.contacts.queries import CONTACTS
from customer.context import Info
from customer.trail import TRAIL

strawberry.enum(DecisionRole, description="What somebody's word weighs when the company decides.")


@strawberry.federation.type(keys=["id"], description="A person at a customer.")
class Contact(Customised):
    fields_of = "contact"
    id: UUID = strawberry.field(description="Id of the contact.")
    version: int = strawberry.field(description="Rises with every change.")
    customer_id: UUID = strawberry.field(description="The company.")
    name: str = strawberry.field(description="Full name.")
    title: str | None = strawberry.field(description="Position.")
    decision_role: DecisionRole = strawberry.field(description="Weight in decisions.")
    email: str | None = strawberry.field(description="E-mail address.")
    phone: str | None = strawberry.field(description="Phone number, E.164.")
    reports_to_id: strawberry.Private[UUID | None]
    history = TRAIL.history(CONTACTS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            customer_id=row.customer_id,
            name=row.name,
            title=row.title,
            decision_role=row.decision_role,
            email=row.email,
            phone=row.phone,
            reports_to_id=row.reports_to_id,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the contact that another subgraph points to."""
        row = await info.context.survivor(CONTACTS, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="The superior: next link of the decision chain.")
    async def reports_to(self, info: Info) -> "Contact | None":
        row = await info.context.survivor(CONTACTS, self.reports_to_id)
        return Contact.of(row) if row else None


@strawberry.input(description="Which contacts; everything given must hold.")
class ContactFilter:
    customer_id: IdFilter | None = None
    name: TextFilter | None = None
    email: TextFilter | None = None
    phone: TextFilter | None = None
    decision_role: ChoiceFilter[DecisionRole] | None = None


@strawberry.type
class ContactQueries:
    @strawberry.field(extensions=[Granted("contact", "read")], description="One contact.")
    async def contact(self, info: Info, id: UUID) -> Contact | None:
        row = await info.context.survivor(CONTACTS, id)
        return Contact.of(row) if row else None

    @strawberry.field(extensions=[Granted("contact", "read")], description="Contacts, oldest first.")
    async def contacts(
        self,
        info: Info,
        filter: ContactFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Contact]:
        order = ordered(None, sort_by)
        page = Page(first, after, last, before, condition(filter, where, CONTACTS), order, search)
        return await info.context.page(CONTACTS, page, Contact.of)


@strawberry.input(description="A person to enter.")
class AddContactInput(Input):
    customer_id: UUID = strawberry.field(description="The company.")
    name: str = strawberry.field(description="Full name.")
    title: str | None = strawberry.field(default=None, description="Position.")
    decision_role: DecisionRole = strawberry.field(
        default=DecisionRole.USER, description="Weight in decisions."
    )
    email: str | None = strawberry.field(default=None, description="E-mail address.")
    phone: str | None = strawberry.field(default=None, description="Phone number; must be nobody else's.")
    reports_to_id: UUID | None = strawberry.field(default=None, description="The superior.")
    custom: list[CustomValueInput] = entered()


@strawberry.type(description="The contact as it is now.")
class ContactPayload:
    contact: Contact = strawberry.field(description="The contact.")


@strawberry.type
class ContactMutations:
    @strawberry.mutation(
        extensions=[Granted("contact", "create")], description="Enter a person at a customer."
    )
    async def add_contact(self, info: Info, input: AddContactInput) -> ContactPayload:
        row = await info.context.change(
            input,
            lambda session: commands.add_contact(
                session,
                customer_id=input.customer_id,
                name=input.name,
                title=input.title,
                decision_role=input.decision_role,
                email=input.email,
                phone=input.phone,
                reports_to_id=input.reports_to_id,
                custom=input.custom,
            ),
        )
        return ContactPayload(contact=Contact.of(row))
