"""Telling of receivables that are not paid in time."""

from datetime import UTC, datetime, time

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import now
from chassis.messaging.outbox import emit
from chassis.money import Money
from chassis.timers.commands import cancel, set_timer
from chassis.timers.runner import Fired
from finance import wire
from finance.receivables.models import Receivable
from roundel.finance.v1 import finance_events_pb2 as events

OVERDUE = "receivable_overdue"


async def remind(session: AsyncSession, receivable: Receivable) -> None:
    """Look at a receivable when its day is over; not at one that got that day only after it."""
    over = datetime.combine(receivable.due_on, time.max, UTC)
    if over > now():
        await set_timer(session, OVERDUE, receivable.id, at=over)


async def remind_anew(session: AsyncSession, receivable: Receivable) -> None:
    """Look at a receivable when its new day is over, and on no other day."""
    await cancel(session, OVERDUE, receivable.id)
    await remind(session, receivable)


async def tell_overdue(session: AsyncSession, fired: Fired) -> None:
    """Tell that a receivable is overdue, unless it was paid or taken back."""
    receivable = await session.get_one(Receivable, fired.record_id)
    if not receivable.outstanding:
        return
    overdue = events.ReceivableOverdue(
        receivable_id=str(receivable.id),
        version=receivable.version,
        contract_id=str(receivable.contract_id),
        customer_id=str(receivable.customer_id),
        name=receivable.name,
        outstanding=wire.write(Money(receivable.outstanding, receivable.currency)),
        due_on=receivable.due_on.isoformat(),
    )
    overdue.occurred_at.FromDatetime(now())
    emit(session, overdue, subject=receivable.id)
