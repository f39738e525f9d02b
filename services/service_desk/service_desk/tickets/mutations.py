"""What can be done to tickets in the graph."""

from datetime import datetime
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.fields.graphql import CustomValueInput, entered
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.policy import Granted
from service_desk.context import Info
from service_desk.surveys.graphql import Survey
from service_desk.surveys.models import Survey as SurveyRow
from service_desk.tickets import commands
from service_desk.tickets.graphql import Ticket
from service_desk.tickets.models import Ticket as TicketRow
from service_desk.tickets.models import TicketChannel, TicketPriority


@strawberry.input(description="What a customer asks us to put right.")
class OpenTicketInput(Input):
    customer_id: UUID = strawberry.field(description="Which customer.")
    subject: str = strawberry.field(description="What it is about.")
    channel: TicketChannel = strawberry.field(description="Which way they reached us.")
    priority: TicketPriority = strawberry.field(
        default=TicketPriority.NORMAL, description="How urgent it is."
    )
    description: str | None = strawberry.field(default=None, description="The whole story.")
    contact_id: UUID | None = strawberry.field(default=None, description="Who asked.")
    queue: str | None = strawberry.field(default=None, description="The line it waits in.")
    at: datetime | None = strawberry.field(default=None, description="When they asked, if not now.")
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="Who is to work on a ticket.")
class AssignTicketInput(ChangeInput):
    id: UUID = strawberry.field(description="Which ticket.")
    assignee_id: UUID = strawberry.field(description="Which employee.")
    queue: str | None = strawberry.field(default=None, description="Another line, if it changes.")


@strawberry.input(description="What was done about a ticket.")
class ResolveTicketInput(ChangeInput):
    id: UUID = strawberry.field(description="Which ticket.")
    resolution: str = strawberry.field(description="What was done.")
    at: datetime | None = strawberry.field(default=None, description="When, if not now.")


@strawberry.input(description="A ticket that was not put right after all.")
class ReopenTicketInput(ChangeInput):
    id: UUID = strawberry.field(description="Which ticket.")


@strawberry.type(description="The ticket as it is now.")
class TicketPayload:
    ticket: Ticket = strawberry.field(description="The ticket.")


@strawberry.type(description="The resolved ticket, and the question to its customer.")
class ResolveTicketPayload:
    ticket: Ticket = strawberry.field(description="The ticket.")
    survey: Survey = strawberry.field(description="What the customer is asked.")
    survey_token: str = strawberry.field(description="Lets the customer answer; hand it to nobody else.")


@strawberry.type
class TicketMutations:
    @strawberry.mutation(extensions=[Granted("ticket", "create")], description="Open a ticket.")
    async def open_ticket(self, info: Info, input: OpenTicketInput) -> TicketPayload:
        row = await info.context.change(
            input,
            lambda session: commands.open_ticket(
                session,
                customer_id=input.customer_id,
                subject=input.subject,
                channel=input.channel,
                priority=input.priority,
                description=input.description,
                contact_id=input.contact_id,
                queue=input.queue,
                at=input.at,
                custom=input.custom,
            ),
        )
        return TicketPayload(ticket=Ticket.of(row))

    @strawberry.mutation(extensions=[Granted("ticket", "assign")], description="Give a ticket to an agent.")
    async def assign_ticket(self, info: Info, input: AssignTicketInput) -> TicketPayload:
        row = await info.context.change(
            input,
            lambda session: commands.assign_ticket(
                session,
                input.id,
                assignee_id=input.assignee_id,
                queue=input.queue,
                expected_version=input.expected_version,
            ),
        )
        return TicketPayload(ticket=Ticket.of(row))

    @strawberry.mutation(
        extensions=[Granted("ticket", "resolve")],
        description="Note that a ticket is put right, and ask the customer how we did.",
    )
    async def resolve_ticket(self, info: Info, input: ResolveTicketInput) -> ResolveTicketPayload:
        async def work(session: AsyncSession) -> list[TicketRow | SurveyRow]:
            resolved = await commands.resolve_ticket(
                session,
                input.id,
                resolution=input.resolution,
                at=input.at,
                expected_version=input.expected_version,
            )
            return list(resolved)

        ticket, survey = await info.context.change(input, work)
        assert isinstance(survey, SurveyRow)
        return ResolveTicketPayload(
            ticket=Ticket.of(ticket), survey=Survey.of(survey), survey_token=survey.token
        )

    @strawberry.mutation(
        extensions=[Granted("ticket", "update")], description="Take a resolved ticket up again."
    )
    async def reopen_ticket(self, info: Info, input: ReopenTicketInput) -> TicketPayload:
        row = await info.context.change(
            input,
            lambda session: commands.reopen_ticket(
                session, input.id, expected_version=input.expected_version
            ),
        )
        return TicketPayload(ticket=Ticket.of(row))
