"""What the tests of timers have in common: a clock that is told, and timers set for new records."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.database import Database, uuid7
from chassis.timers.commands import set_timer
from chassis.timers.models import Timer

FRIDAY = datetime(2026, 1, 9, 8, 30, tzinfo=UTC)  # in Shanghai it is half past four
HOUR = timedelta(hours=1)


class Clock:
    """A clock that goes when it is told."""

    def __init__(self) -> None:
        self.now = FRIDAY

    def __call__(self) -> datetime:
        return self.now

    def go(self, **by: float) -> None:
        self.now += timedelta(**by)


async def given(database: Database, clock: Clock, **how: Any) -> UUID:
    """Set a timer for a new record."""
    record_id = uuid7()
    async with database.transaction() as session:
        await set_timer(session, "ring", record_id, present=clock.now, **how)
    return record_id


async def do(database: Database, clock: Clock, what: Any, record_id: UUID, **more: Any) -> Timer | None:
    async with database.transaction() as session:
        found: Timer | None = await what(session, "ring", record_id, present=clock.now, **more)
        return found


async def timer(database: Database, record_id: UUID) -> Timer:
    async with database.transaction() as session:
        found = await session.scalar(select(Timer).where(Timer.record_id == record_id))
        assert found
        return found
