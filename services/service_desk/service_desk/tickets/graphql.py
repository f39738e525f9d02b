"""Tickets in the graph, and what the service desk adds to customers."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.conditions.tree import Group, Rule
from chassis.fields.graphql import Customised
from chassis.graphql.connections import Connection, Direction
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
from chassis.graphql.live import changed, live
from chassis.graphql.policy import Granted
from chassis.listing import Page
from chassis.searching.asking import Search
from roundel.service_desk.v1 import service_desk_events_pb2 as events
from service_desk.context import Info
from service_desk.references import Contact, Employee
from service_desk.surveys.graphql import Satisfaction, Survey
from service_desk.surveys.queries import OF_TICKETS, SATISFACTION, SURVEYS
from service_desk.tickets.models import Ticket as TicketRow
from service_desk.tickets.models import TicketChannel, TicketPriority, TicketStatus
from service_desk.tickets.queries import TICKETS
from service_desk.trail import TRAIL

strawberry.enum(TicketChannel, description="Which way a customer reached us.")
strawberry.enum(TicketPriority, description="How urgent it is.")
strawberry.enum(TicketStatus, description="How far we are.")


@strawberry.federation.type(keys=["id"], description="What a customer asked us to put right.")
class Ticket(Customised):
    fields_of = "ticket"
    id: UUID = strawberry.field(description="Id of the ticket in every service.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    number: str = strawberry.field(description="Tracking number, e.g. T-2026-000001.")
    subject: str = strawberry.field(description="What it is about.")
    description: str | None = strawberry.field(description="The whole story.")
    contact: Contact | None = strawberry.field(description="Who asked.")
    channel: TicketChannel = strawberry.field(description="Which way they reached us.")
    priority: TicketPriority = strawberry.field(description="How urgent it is.")
    queue: str | None = strawberry.field(description="The line it waits in.")
    status: TicketStatus = strawberry.field(description="How far we are.")
    assignee: Employee | None = strawberry.field(description="Who works on it.")
    opened_at: datetime = strawberry.field(description="When they asked.")
    resolved_at: datetime | None = strawberry.field(description="When it was put right.")
    resolution: str | None = strawberry.field(description="What was done.")
    customer_id: strawberry.Private[UUID]
    history = TRAIL.history(TICKETS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            number=row.number,
            subject=row.subject,
            description=row.description,
            contact=Contact.of(row.contact_id),
            channel=row.channel,
            priority=row.priority,
            queue=row.queue,
            status=row.status,
            assignee=Employee.of(row.assignee_id),
            opened_at=row.opened_at,
            resolved_at=row.resolved_at,
            resolution=row.resolution,
            customer_id=row.customer_id,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the ticket that another subgraph points to."""
        row = await info.context.load(TICKETS, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="Whose ticket it is.")
    async def customer(self) -> "Customer":
        return Customer(id=self.customer_id)

    @strawberry.field(description="What the customer was asked afterwards, latest first.")
    async def surveys(self, info: Info) -> list[Survey]:
        rows = await info.context.rows(OF_TICKETS, self.id, by="ticket_id", listing=SURVEYS)
        return [Survey.of(row) for row in rows]


@strawberry.federation.type(keys=["id"], description="A company we deal with, seen whole.")
class Customer:
    id: UUID = strawberry.field(description="Id of the customer in every service.")

    @classmethod
    def resolve_reference(cls, id: str) -> Self:
        """Return what we add to the customer that another subgraph points to."""
        return cls(id=UUID(id))

    @strawberry.field(description="What they asked us to put right, latest first.")
    async def tickets(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Ticket] | None:
        page = Page(first=first, after=after, search=search)
        return await info.context.children(TICKETS, TicketRow.customer_id, self.id, page, Ticket.of)

    @strawberry.field(description="How content they are with our help.")
    async def satisfaction(self, info: Info) -> Satisfaction | None:
        rows = await info.context.rows(SATISFACTION, self.id, by="customer_id", listing=SURVEYS)
        found: tuple[Decimal | None, int] = (rows[0].average, rows[0].answers) if rows else (None, 0)
        return Satisfaction(average=found[0], answers=found[1])


@strawberry.input(description="Which tickets; everything given must hold.")
class TicketFilter:
    id: IdFilter | None = None
    number: TextFilter | None = None
    subject: TextFilter | None = None
    customer_id: IdFilter | None = None
    contact_id: IdFilter | None = None
    channel: ChoiceFilter[TicketChannel] | None = None
    priority: ChoiceFilter[TicketPriority] | None = None
    queue: TextFilter | None = None
    status: ChoiceFilter[TicketStatus] | None = None
    assignee_id: IdFilter | None = None
    opened_at: DateTimeFilter | None = None
    resolved_at: DateTimeFilter | None = None
    and_: list["TicketFilter"] | None = strawberry.field(default=None, name="and", description="All hold.")
    or_: list["TicketFilter"] | None = strawberry.field(default=None, name="or", description="One holds.")
    not_: "TicketFilter | None" = strawberry.field(default=None, name="not", description="Does not hold.")


@strawberry.enum(description="What tickets can be sorted by.")
class TicketSort(Enum):
    OPENED_AT = "opened_at"
    RESOLVED_AT = "resolved_at"
    NUMBER = "number"


@strawberry.input(description="Order of a list of tickets.")
class TicketOrder:
    by: TicketSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class TicketQueries:
    @strawberry.field(extensions=[Granted("ticket", "read")], description="One ticket.")
    async def ticket(self, info: Info, id: UUID) -> Ticket | None:
        row = await info.context.load(TICKETS, id)
        return Ticket.of(row) if row else None

    @strawberry.field(extensions=[Granted("ticket", "read")], description="One ticket, by tracking number.")
    async def ticket_by_number(self, info: Info, number: str) -> Ticket | None:
        page = Page(first=1, condition=Group("and", (Rule("number", "eq", number),)))
        found = await info.context.page(TICKETS, page, Ticket.of)
        return next(iter(found.nodes), None)

    @strawberry.field(extensions=[Granted("ticket", "read")], description="Tickets, latest first.")
    async def tickets(
        self,
        info: Info,
        filter: TicketFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: TicketOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Ticket]:
        order = ordered(sort, sort_by)
        page = Page(first, after, last, before, condition(filter, where, TICKETS), order, search)
        return await info.context.page(TICKETS, page, Ticket.of)


MOVES = (events.TicketOpened, events.TicketAssigned, events.TicketResolved, events.TicketReopened)


@strawberry.type
class TicketSubscriptions:
    ticket_updates: Ticket = live(
        Granted("ticket", "read"),
        MOVES,
        description="Tickets as they are opened, assigned, resolved and reopened: of one queue or of all.",
        arguments={"queue": str | None},
    )
    ticket_changed: Ticket = changed(
        Granted("ticket", "read"),
        *MOVES,
        events.SurveyAnswered,
        description="A ticket, whenever it changes.",
        id="ticketId",
    )
