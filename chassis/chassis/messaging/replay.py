"""Rebuilding a stream from the outbox, which is the truth."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, update

from chassis.database import Database
from chassis.messaging.models import OutboxEvent


async def replay(database: Database, since: datetime) -> int:
    """Publish again, in order, the kept events from this time on; return how many.

    Subscribers skip what they have handled.
    """
    again = (
        update(OutboxEvent)
        .where(OutboxEvent.created_at >= since, OutboxEvent.published_at.is_not(None))
        .values(published_at=None)
    )
    async with database.transaction() as session:
        return cast(CursorResult[Any], await session.execute(again)).rowcount
