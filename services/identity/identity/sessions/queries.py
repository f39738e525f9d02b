"""Reads of sessions and failed sign-ins."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import LimitExceeded
from identity.sessions.models import FailedSignIn

MOST_FAILURES = 5
WINDOW = timedelta(minutes=15)


async def one_at_a_time(session: AsyncSession, email: str) -> None:
    """Let other sign-ins with this address wait until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(email))))


async def refuse_after_many_failures(session: AsyncSession, email: str, *, at: datetime) -> None:
    """Raise LimitExceeded while this address has had five failures within fifteen minutes."""
    recent = select(FailedSignIn.at).where(FailedSignIn.email == email, FailedSignIn.at > at - WINDOW)
    failures = (await session.scalars(recent.order_by(FailedSignIn.at.desc()).limit(MOST_FAILURES))).all()
    if len(failures) < MOST_FAILURES:
        return
    seconds = max(1, round((failures[-1] + WINDOW - at).total_seconds()))
    raise LimitExceeded(
        f"Too many failed sign-ins with this address; try again in {seconds} seconds",
        path=("input", "email"),
        retryAfterSeconds=seconds,
    )
