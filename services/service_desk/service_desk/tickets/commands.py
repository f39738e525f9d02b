"""What can happen to a ticket."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.messaging.outbox import emit
from roundel.service_desk.v1 import service_desk_events_pb2 as events
from service_desk.surveys.commands import ask_for_answer
from service_desk.surveys.models import Survey
from service_desk.tickets.models import NUMBERS, Ticket, TicketChannel, TicketPriority, TicketStatus

DONE = (TicketStatus.RESOLVED, TicketStatus.CLOSED)


async def open_ticket(
    session: AsyncSession,
    *,
    customer_id: UUID,
    subject: str,
    channel: TicketChannel,
    priority: TicketPriority = TicketPriority.NORMAL,
    description: str | None = None,
    contact_id: UUID | None = None,
    queue: str | None = None,
    at: datetime | None = None,
    custom: Sequence[Given] | None = None,
) -> Ticket:
    """Take in what a customer asks for, under a tracking number that nothing else has."""
    clean = " ".join(subject.split())
    if not clean or len(clean) > 200:
        raise Invalid("A ticket needs a subject of 1 to 200 characters", path=("input", "subject"))
    opened_at = _happened(at)
    ticket = Ticket(
        number=f"T-{opened_at:%Y}-{await session.scalar(select(NUMBERS.next_value())):06}",
        subject=clean,
        description=description,
        customer_id=customer_id,
        contact_id=contact_id,
        channel=channel,
        priority=priority,
        queue=_queue(queue),
        opened_at=opened_at,
    )
    await fields.write(session, ticket, custom)
    session.add(ticket)
    await session.flush()
    opened = events.TicketOpened(
        ticket_id=str(ticket.id),
        version=ticket.version,
        number=ticket.number,
        customer_id=str(customer_id),
        subject=ticket.subject,
        priority=priority.value,
        channel=channel.value,
        queue=ticket.queue or "",
    )
    opened.occurred_at.FromDatetime(opened_at)
    emit(session, opened, subject=ticket.id)
    return ticket


async def remove_ticket(session: AsyncSession, ticket: Ticket) -> None:
    """Forget a ticket that was entered by mistake; raises Conflict once somebody dealt with it."""
    if ticket.status is not TicketStatus.OPEN:
        raise Conflict(f"{ticket.number} is {ticket.status.value} already")
    await session.delete(ticket)
    await session.flush()
    removed = events.TicketRemoved(
        ticket_id=str(ticket.id),
        version=ticket.version + 1,
        number=ticket.number,
        customer_id=str(ticket.customer_id),
    )
    removed.occurred_at.FromDatetime(now())
    emit(session, removed, subject=ticket.id)


async def assign_ticket(
    session: AsyncSession,
    id: UUID,
    *,
    assignee_id: UUID,
    queue: str | None = None,
    expected_version: int | None = None,
) -> Ticket:
    """Give a ticket to an agent, and to another queue when one is named."""
    ticket = await fetch(session, Ticket, id, expected_version=expected_version)
    _must_be_unresolved(ticket)
    ticket.assignee_id = assignee_id
    ticket.queue = _queue(queue) or ticket.queue
    ticket.status = TicketStatus.ASSIGNED
    await session.flush()
    assigned = events.TicketAssigned(
        ticket_id=str(ticket.id),
        version=ticket.version,
        number=ticket.number,
        customer_id=str(ticket.customer_id),
        agent_id=str(assignee_id),
        queue=ticket.queue or "",
    )
    assigned.occurred_at.FromDatetime(now())
    emit(session, assigned, subject=ticket.id)
    return ticket


async def resolve_ticket(
    session: AsyncSession,
    id: UUID,
    *,
    resolution: str,
    at: datetime | None = None,
    expected_version: int | None = None,
) -> tuple[Ticket, Survey]:
    """Note that it is put right, and ask the customer how we did."""
    ticket = await fetch(session, Ticket, id, expected_version=expected_version)
    _must_be_unresolved(ticket)
    if not resolution.strip():
        raise Invalid("Say what was done; the customer asks", path=("input", "resolution"))
    resolved_at = _happened(at)
    if resolved_at < ticket.opened_at:
        raise Invalid(f"{ticket.number} was not open at that time", path=("input", "at"))
    ticket.status = TicketStatus.RESOLVED
    ticket.resolution = resolution.strip()
    ticket.resolved_at = resolved_at
    await session.flush()
    agent_id = ticket.assignee_id or access.actor_id()
    survey = await ask_for_answer(
        session, ticket_id=ticket.id, customer_id=ticket.customer_id, agent_id=agent_id, at=resolved_at
    )
    resolved = events.TicketResolved(
        ticket_id=str(ticket.id),
        version=ticket.version,
        number=ticket.number,
        customer_id=str(ticket.customer_id),
        resolution=ticket.resolution,
        agent_id=str(agent_id or ""),
        queue=ticket.queue or "",
    )
    resolved.occurred_at.FromDatetime(resolved_at)
    emit(session, resolved, subject=ticket.id)
    return ticket, survey


async def reopen_ticket(session: AsyncSession, id: UUID, *, expected_version: int | None = None) -> Ticket:
    """Take a ticket up again that was not put right after all."""
    ticket = await fetch(session, Ticket, id, expected_version=expected_version)
    if ticket.status not in DONE:
        raise Conflict(f"{ticket.number} is {ticket.status.value}, not resolved", path=("input", "id"))
    ticket.status = TicketStatus.ASSIGNED if ticket.assignee_id else TicketStatus.OPEN
    ticket.resolved_at = None
    ticket.resolution = None
    await session.flush()
    reopened = events.TicketReopened(
        ticket_id=str(ticket.id),
        version=ticket.version,
        number=ticket.number,
        customer_id=str(ticket.customer_id),
        queue=ticket.queue or "",
    )
    reopened.occurred_at.FromDatetime(now())
    emit(session, reopened, subject=ticket.id)
    return ticket


def _must_be_unresolved(ticket: Ticket) -> None:
    if ticket.status in DONE:
        raise Conflict(f"{ticket.number} is {ticket.status.value}; reopen it first", path=("input", "id"))


def _happened(at: datetime | None) -> datetime:
    if at is not None and at > now():
        raise Invalid("This lies in the future", path=("input", "at"))
    return at or now()


def _queue(name: str | None) -> str | None:
    if name and len(name) > 100:
        raise Invalid("A queue's name has at most 100 characters", path=("input", "queue"))
    return name.strip() or None if name else None
