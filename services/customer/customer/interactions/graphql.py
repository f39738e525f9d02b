"""Interactions in the graph."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.fields.graphql import Customised, CustomValueInput, entered
from chassis.graphql.connections import Connection
from chassis.graphql.filters import (
    ChoiceFilter,
    DateTimeFilter,
    IdFilter,
    SortBy,
    TextFilter,
    Where,
    condition,
    ordered,
)
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from chassis.listing import Page
from chassis.searching.asking import Search
from customer.contacts.graphql import Contact
from customer.contacts.queries import CONTACTS
from customer.context import Info
from customer.interactions import commands
from customer.interactions.models import InteractionKind
from customer.interactions.queries import INTERACTIONS
from customer.references import Employee
from customer.trail import TRAIL

strawberry.enum(InteractionKind, description="How we met.")


@strawberry.federation.type(keys=["id"], description="One entry of the follow-up log.")
class Interaction(Customised):
    fields_of = "interaction"
    id: UUID = strawberry.field(description="Id of the entry.")
    version: int = strawberry.field(description="Rises with every change.")
    kind: InteractionKind = strawberry.field(description="How we met.")
    occurred_at: datetime = strawberry.field(description="When it took place.")
    subject: str = strawberry.field(description="What it was about.")
    body: str | None = strawberry.field(description="What was said.")
    next_plan: str | None = strawberry.field(description="What comes next.")
    author: Employee | None = strawberry.field(description="Who wrote it down.")
    contact_id: strawberry.Private[UUID | None]
    history = TRAIL.history(INTERACTIONS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            kind=row.kind,
            occurred_at=row.occurred_at,
            subject=row.subject,
            body=row.body,
            next_plan=row.next_plan,
            author=Employee.of(row.created_by),
            contact_id=row.contact_id,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the entry that another subgraph points to."""
        row = await info.context.load(INTERACTIONS, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="Whom we met.")
    async def contact(self, info: Info) -> Contact | None:
        row = await info.context.survivor(CONTACTS, self.contact_id)
        return Contact.of(row) if row else None


@strawberry.input(description="Which entries; everything given must hold.")
class InteractionFilter:
    customer_id: IdFilter | None = None
    kind: ChoiceFilter[InteractionKind] | None = None
    subject: TextFilter | None = None
    occurred_at: DateTimeFilter | None = None


@strawberry.type
class InteractionQueries:
    @strawberry.field(extensions=[Granted("interaction", "read")], description="Follow-up log, latest first.")
    async def interactions(
        self,
        info: Info,
        filter: InteractionFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Interaction]:
        order = ordered(None, sort_by)
        page = Page(first, after, last, before, condition(filter, where, INTERACTIONS), order, search)
        return await info.context.page(INTERACTIONS, page, Interaction.of)


@strawberry.input(description="What passed between us and a customer.")
class LogInteractionInput(Input):
    customer_id: UUID = strawberry.field(description="With which customer.")
    kind: InteractionKind = strawberry.field(description="How we met.")
    subject: str = strawberry.field(description="What it was about.")
    at: datetime | None = strawberry.field(default=None, description="When it took place, if not now.")
    contact_id: UUID | None = strawberry.field(default=None, description="Whom we met.")
    opportunity_id: UUID | None = strawberry.field(default=None, description="Which opportunity it concerns.")
    body: str | None = strawberry.field(default=None, description="What was said.")
    next_plan: str | None = strawberry.field(default=None, description="What comes next.")
    custom: list[CustomValueInput] = entered()


@strawberry.type(description="The entry as it is now.")
class InteractionPayload:
    interaction: Interaction = strawberry.field(description="The entry.")


@strawberry.type
class InteractionMutations:
    @strawberry.mutation(extensions=[Granted("interaction", "create")], description="Write a follow-up down.")
    async def log_interaction(self, info: Info, input: LogInteractionInput) -> InteractionPayload:
        row = await info.context.change(
            input,
            lambda session: commands.log_interaction(
                session,
                customer_id=input.customer_id,
                kind=input.kind,
                subject=input.subject,
                at=input.at,
                contact_id=input.contact_id,
                opportunity_id=input.opportunity_id,
                body=input.body,
                next_plan=input.next_plan,
                custom=input.custom,
            ),
        )
        return InteractionPayload(interaction=Interaction.of(row))
