"""Reads of sessions and failed sign-ins."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database
from chassis.errors import LimitExceeded
from identity.sessions.models import FailedSignIn, Session

MOST_FAILURES = 5
WINDOW = timedelta(minutes=15)
MOST_SHOWN = 100

_TABLE = Session.__table__
_MINE = select(_TABLE).where(
    _TABLE.c.subject_id == bindparam("subject_id", type_=PgUUID(as_uuid=True)),
    _TABLE.c.ended_at.is_(None),
    _TABLE.c.expires_at > func.now(),
)
_NEWEST = _MINE.order_by(_TABLE.c.id.desc()).limit(MOST_SHOWN)


async def shown(database: Database, subject_id: UUID) -> Sequence[Row[Any]]:
    """Return somebody's newest open sessions."""
    return await database.read(_NEWEST, {"subject_id": subject_id})


async def open_sessions(session: AsyncSession, subject_id: UUID, *, at: datetime) -> Sequence[Session]:
    """Return somebody's open sessions, locked until the transaction ends."""
    lasting = select(Session).where(Session.subject_id == subject_id, Session.expires_at > at)
    return (
        await session.scalars(
            lasting.where(Session.ended_at.is_(None)).order_by(Session.id).with_for_update()
        )
    ).all()


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
