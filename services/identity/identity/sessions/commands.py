"""What can happen to sessions."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import recording
from chassis.database import uuid7
from chassis.errors import NotFound
from chassis.messaging.outbox import emit
from identity.sessions import queries
from identity.sessions.models import FailedSignIn, How, Session
from identity.sessions.queries import WINDOW
from identity.signing_keys.queries import signing_key
from identity.signing_keys.tokens import LIFE, Mint, Subject
from roundel.identity.v1 import identity_events_pb2 as events

PEOPLES = (How.PASSWORD, How.EXTERNAL_ISSUER)  # programs come every minute, and only their keys matter


@dataclass(frozen=True, slots=True)
class Issued:
    """A token and its end."""

    token: str
    expires_at: datetime


async def open_session(
    session: AsyncSession,
    mint: Mint,
    subject: Subject,
    *,
    how: How,
    at: datetime,
    until: datetime | None = None,
) -> Issued:
    """Make a token and note its `jti`, by which the session can be ended; it lasts as its kind does."""
    id, until = uuid7(), (until or at + LIFE[subject.kind]).replace(microsecond=0)
    key = await signing_key(session, at=at)
    session.add(Session(id=id, subject_id=subject.id, how=how, created_at=at, expires_at=until))
    if how in PEOPLES:
        begun = {"subject_id": (None, subject.id), "how": (None, how)}
        recording.changed(session, "session", id, 1, "created", begun)
    return Issued(mint.token(key, subject, id=id, at=at, until=until), until)


async def end_session(session: AsyncSession, id: UUID, *, subject_id: UUID | None, at: datetime) -> Session:
    """Let a session's token open nothing any more.

    Raises NotFound for one that there is not, or that is not of the subject, when one is named.
    """
    found = await session.get(Session, id, with_for_update=True)
    if found is None or subject_id not in (None, found.subject_id):
        raise NotFound(f"There is no session {id}", id=str(id), type="Session")
    if found.ended_at is None:
        _end(session, found, at=at)
    return found


async def end_sessions(session: AsyncSession, subject_id: UUID, *, at: datetime) -> int:
    """End all open sessions of somebody and return how many there were."""
    found = await queries.open_sessions(session, subject_id, at=at)
    for each in found:
        _end(session, each, at=at)
    return len(found)


def _end(session: AsyncSession, ended: Session, *, at: datetime) -> None:
    ended.ended_at = at
    gone = {"subject_id": (ended.subject_id, ended.subject_id), "ended_at": (None, at)}
    recording.changed(session, "session", ended.id, 2, "updated", gone)
    told = events.SessionEnded(session_id=str(ended.id), version=2)
    told.occurred_at.FromDatetime(at)
    told.expires_at.FromDatetime(ended.expires_at)
    emit(session, told, subject=ended.id)


async def note_failure(
    session: AsyncSession, how: How, *, email: str | None = None, source: str | None, at: datetime
) -> None:
    """Remember that somebody failed to prove who they are, with which e-mail address and from where."""
    session.add(FailedSignIn(how=how, email=email, source=source, at=at))


async def forget_failures(session: AsyncSession, email: str) -> None:
    """Begin to count anew, because the right person came; others' failures from there stay."""
    await session.execute(delete(FailedSignIn).where(FailedSignIn.email == email))


async def forget_expired(session: AsyncSession, *, at: datetime) -> None:
    """Delete what can no longer matter."""
    await session.execute(delete(Session).where(Session.expires_at < at))
    await session.execute(delete(FailedSignIn).where(FailedSignIn.at < at - WINDOW))
