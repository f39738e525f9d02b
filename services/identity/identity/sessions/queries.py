"""Reads of sessions and failed sign-ins."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import telemetry
from chassis.database import Database
from chassis.errors import LimitExceeded
from identity.sessions.models import FailedSignIn, How, Session

MOST_FAILURES = 5  # with one e-mail address
MOST_FAILURES_FROM = 50  # from one source, in each way: a whole office may share an address
WINDOW = timedelta(minutes=15)
MOST_SHOWN = 100

_REFUSED = telemetry.meter().create_counter(
    "identity_sign_ins_refused", description="Sign-ins refused unheard after too many failures."
)
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
    """Let other sign-ins with this e-mail address, or from this source, wait until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(email))))


async def refuse_after_many_failures(session: AsyncSession, email: str, *, at: datetime) -> None:
    """Raise LimitExceeded while this address has had five failures within fifteen minutes."""
    if seconds := await _to_wait(session, FailedSignIn.email == email, most=MOST_FAILURES, at=at):
        _REFUSED.add(1, {"how": How.PASSWORD, "after": "failures with one e-mail address"})
        raise LimitExceeded(
            f"Too many failed sign-ins with this address; try again in {seconds} seconds",
            path=("input", "email"),
            retryAfterSeconds=seconds,
        )


async def refuse_after_many_failures_from(
    session: AsyncSession, source: str | None, how: How, *, at: datetime
) -> None:
    """Raise LimitExceeded while fifty failures of this kind came from this source within fifteen minutes."""
    mine = and_(FailedSignIn.source == source, FailedSignIn.how == how)
    if source and (seconds := await _to_wait(session, mine, most=MOST_FAILURES_FROM, at=at)):
        _REFUSED.add(1, {"how": how, "after": "failures from one source"})
        raise LimitExceeded(
            f"Too many failed sign-ins from where you are; try again in {seconds} seconds",
            retryAfterSeconds=seconds,
        )


async def _to_wait(session: AsyncSession, these: ColumnElement[bool], *, most: int, at: datetime) -> int:
    """Return in how many seconds one of the newest failures is forgotten, 0 when there are fewer."""
    recent = select(FailedSignIn.at).where(these, FailedSignIn.at > at - WINDOW)
    oldest = await session.scalar(recent.order_by(FailedSignIn.at.desc()).offset(most - 1).limit(1))
    return max(1, round((oldest + WINDOW - at).total_seconds())) if oldest else 0
