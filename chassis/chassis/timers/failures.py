"""Deciding about timers whose handlers failed again and again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from chassis.database import Database, now
from chassis.errors import NotFound
from chassis.timers.models import FAILED, Timer, TimerState

_FAILED = select(Timer.__table__).where(FAILED).order_by(Timer.changed_at).limit(1000)


async def failed(database: Database) -> Sequence[Row[Any]]:
    """Return the timers that wait for a decision, oldest failure first, at most a thousand."""
    return await database.read(_FAILED)


async def retry(database: Database, id: UUID) -> None:
    """Let a worker fire this timer now; raises NotFound unless it failed."""
    async with database.transaction() as session:
        timer = await session.get(Timer, id, with_for_update=True)
        if timer is None or timer.state is not TimerState.FAILED:
            raise NotFound(f"There is no failed timer {id}", id=str(id))
        timer.state, timer.attempts, timer.run_at, timer.changed_at = TimerState.WAITING, 0, now(), now()
