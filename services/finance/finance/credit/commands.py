"""What can happen to a credit limit."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid
from chassis.messaging.outbox import emit
from chassis.money import Money
from finance import wire
from finance.credit import queries
from finance.credit.models import CreditLimit
from finance.customers.queries import lock_account
from roundel.finance.v1 import finance_events_pb2 as events


async def set_credit_limit(
    session: AsyncSession,
    *,
    customer_id: UUID,
    limit: Money,
    at: datetime | None = None,
    expected_version: int | None = None,
) -> CreditLimit:
    """Decide what a customer may owe in the limit's currency; zero means that they pay first."""
    limit.not_negative("input", "limit")
    if at is not None and at > now():
        raise Invalid(f"{at.isoformat()} is still to come", path=("input", "at"))
    await lock_account(session, customer_id, "input", "customerId")
    known = await queries.limit_of(session, customer_id, limit.currency)
    if known is None and expected_version is not None:
        raise Conflict(
            f"No limit in {limit.currency} is set yet; leave the version out",
            path=("input", "expectedVersion"),
        )
    if known is None:
        known = CreditLimit(customer_id=customer_id, currency=limit.currency, created_at=at or now())
        session.add(known)
    else:
        await fetch(session, CreditLimit, known.id, expected_version=expected_version)
    known.amount = limit.amount
    await session.flush()
    changed = events.CreditLimitChanged(
        customer_id=str(customer_id), version=known.version, limit=wire.write(limit)
    )
    changed.occurred_at.FromDatetime(at or now())
    emit(session, changed, subject=known.id)
    return known
