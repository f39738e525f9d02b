"""What can happen to sessions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import uuid7
from identity.sessions.models import FailedSignIn, Session
from identity.sessions.queries import WINDOW
from identity.signing_keys.queries import signing_key
from identity.signing_keys.tokens import LIFE, Mint, Subject


@dataclass(frozen=True, slots=True)
class Issued:
    """A token and its end."""

    token: str
    expires_at: datetime


async def open_session(session: AsyncSession, mint: Mint, subject: Subject, *, at: datetime) -> Issued:
    """Make a token and note its `jti`, by which it can be revoked."""
    id, until = uuid7(), (at + LIFE[subject.kind]).replace(microsecond=0)
    key = await signing_key(session, at=at)
    session.add(Session(id=id, subject_id=subject.id, created_at=at, expires_at=until))
    return Issued(mint.token(key, subject, id=id, at=at, until=until), until)


async def note_failure(session: AsyncSession, email: str, *, at: datetime) -> None:
    """Remember that somebody failed to sign in with this address."""
    session.add(FailedSignIn(email=email, at=at))


async def forget_failures(session: AsyncSession, email: str) -> None:
    """Begin to count anew, because the right person came."""
    await session.execute(delete(FailedSignIn).where(FailedSignIn.email == email))


async def forget_expired(session: AsyncSession, *, at: datetime) -> None:
    """Delete what can no longer matter."""
    await session.execute(delete(Session).where(Session.expires_at < at))
    await session.execute(delete(FailedSignIn).where(FailedSignIn.at < at - WINDOW))
