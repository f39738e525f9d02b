"""What can happen in the follow-up log."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.database import fetch, now
from chassis.errors import Invalid
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.messaging.outbox import emit
from customer.companies.models import Customer
from customer.contacts.models import Contact
from customer.interactions.models import Interaction, InteractionKind
from roundel.customer.v1 import customer_events_pb2 as events


async def log_interaction(
    session: AsyncSession,
    *,
    customer_id: UUID,
    kind: InteractionKind,
    subject: str,
    at: datetime | None = None,
    contact_id: UUID | None = None,
    opportunity_id: UUID | None = None,
    body: str | None = None,
    next_plan: str | None = None,
    custom: Sequence[Given] | None = None,
) -> Interaction:
    """Write down what passed between us and a customer; moves the customer's last follow-up forward.

    Raises NotFound for an unknown customer and Invalid for a contact of another one or a future time.
    """
    customer = await fetch(session, Customer, customer_id)
    occurred_at = at or now()
    if occurred_at > now():
        raise Invalid("What has not happened yet is a plan; use nextPlan", path=("input", "at"))
    if not subject.strip():
        raise Invalid("An interaction needs a subject", path=("input", "subject"))
    if contact_id is not None and (await fetch(session, Contact, contact_id)).customer_id != customer_id:
        raise Invalid("This contact belongs to another customer", path=("input", "contactId"))
    entry = Interaction(
        customer_id=customer_id,
        contact_id=contact_id,
        opportunity_id=opportunity_id,
        kind=kind,
        occurred_at=occurred_at,
        subject=subject.strip(),
        body=body,
        next_plan=next_plan,
    )
    await fields.write(session, entry, custom)
    session.add(entry)
    if customer.last_follow_up_at is None or customer.last_follow_up_at < occurred_at:
        customer.last_follow_up_at = occurred_at
    await session.flush()
    _tell(session, entry)
    return entry


async def remove_interaction(session: AsyncSession, entry: Interaction) -> None:
    """Forget an entry that was written by mistake; the last follow-up is the one before it again."""
    customer = await fetch(session, Customer, entry.customer_id)
    await session.delete(entry)
    await session.flush()
    if customer.last_follow_up_at == entry.occurred_at:
        last = select(func.max(Interaction.occurred_at)).where(Interaction.customer_id == customer.id)
        customer.last_follow_up_at = await session.scalar(last)
    removed = events.InteractionRemoved(
        interaction_id=str(entry.id),
        version=entry.version + 1,
        customer_id=str(entry.customer_id),
        subject=entry.subject,
    )
    removed.occurred_at.FromDatetime(now())
    emit(session, removed, subject=entry.id)


def _tell(session: AsyncSession, entry: Interaction) -> None:
    logged = events.InteractionLogged(
        interaction_id=str(entry.id),
        version=entry.version,
        customer_id=str(entry.customer_id),
        contact_id=str(entry.contact_id or ""),
        kind=entry.kind.value,
        subject=entry.subject,
        author_id=str(access.actor_id() or ""),
        opportunity_id=str(entry.opportunity_id or ""),
    )
    logged.occurred_at.FromDatetime(entry.occurred_at)
    emit(session, logged, subject=entry.id)
