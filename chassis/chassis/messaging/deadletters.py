"""Deciding about the events that could not be handled."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database, now
from chassis.errors import Conflict, NotFound
from chassis.messaging.envelope import Envelope
from chassis.messaging.models import DeadLetter, InboxEvent
from chassis.messaging.subscriber import Handlers, Inbox

_UNRESOLVED = (
    select(DeadLetter.__table__)
    .where(DeadLetter.resolved_at.is_(None))
    .order_by(DeadLetter.failed_at)
    .limit(1000)
)


async def unresolved(database: Database) -> Sequence[Row[Any]]:
    """Return the dead letters that wait for a decision, oldest failure first, at most a thousand."""
    return await database.read(_UNRESOLVED)


async def retry(database: Database, service: str, handlers: Handlers, id: UUID) -> None:
    """Handle the event now; raises what its handler raises, and then it stays a dead letter."""
    async with database.transaction() as session:
        letter = await _open(session, id)
        await Inbox(service, handlers).take_in(
            session, [(Envelope.from_headers(letter.headers), letter.data)]
        )
        letter.resolved_at, letter.resolution = now(), "retried"


async def discard(database: Database, id: UUID, reason: str) -> None:
    """Never handle the event, not even when it is replayed."""
    async with database.transaction() as session:
        letter = await _open(session, id)
        await session.merge(InboxEvent(id=letter.id, type=letter.type))
        letter.resolved_at, letter.resolution = now(), f"discarded: {reason}"


async def _open(session: AsyncSession, id: UUID) -> DeadLetter:
    letter = await session.get(DeadLetter, id, with_for_update=True)
    if letter is None:
        raise NotFound(f"There is no dead letter {id}", id=str(id))
    if letter.resolved_at is not None:
        raise Conflict(f"The dead letter {id} was {letter.resolution} at {letter.resolved_at.isoformat()}")
    return letter
