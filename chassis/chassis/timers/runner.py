"""Firing what is due: once in effect, however many workers run and whichever of them dies."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, any_, bindparam, delete, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import String

from chassis import telemetry
from chassis.audit.context import arising_from, caused_by
from chassis.contention import Contended
from chassis.database import Database
from chassis.timers import known
from chassis.timers.models import SETTLED, WAITING, Timer, TimerState

log = logging.getLogger(__name__)

BATCH = 20
POLL_SECONDS = 0.5  # a timer set for less than this ahead waits for the next look
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 30, 120, 600, 3600))
KEPT = timedelta(days=30)
TIDY_EVERY = timedelta(hours=1)

# A command holds its record before it takes the timer, firing has the timer before it takes the record.
# Where they meet, firing gives way before PostgreSQL, after a second (deadlock_timeout), ends the command.
_GIVE_WAY = text("SET LOCAL lock_timeout = '300ms'")

_late = telemetry.meter().create_histogram(
    "roundel.timers.late", "s", "How long after they were due timers fired."
)
_failed = telemetry.meter().create_counter(
    "roundel.timers.failed", description="Timers given up until somebody decides."
)


@dataclass(frozen=True, slots=True)
class Fired:
    """A timer that is due; `step` names the rung of its ladder."""

    id: UUID
    kind: str
    record_id: UUID
    key: str
    step: str
    due_at: datetime
    payload: Mapping[str, Any]


TimerHandler = Callable[[AsyncSession, Fired], Awaitable[None]]


class Runner:
    """Runs the handlers of one service's timers; any number of them share the rows."""

    def __init__(
        self, database: Database, handlers: Mapping[str, TimerHandler], clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._tidied: datetime | None = None

    async def run(self) -> None:
        """Fire timers when they are due, until cancelled."""
        while True:
            try:
                pause = await self.wait_seconds()
                if pause == 0 and await self.fire_due() == 0:
                    pause = POLL_SECONDS / 10  # another worker has them
                await self._tidy()
            except Exception:
                log.exception("Timers cannot be looked at; trying again")
                pause = 1.0
            await asyncio.sleep(pause)

    async def wait_seconds(self) -> float:
        """Return how long nothing is due, at most until the next look."""
        # by the clock on the wall: a clock that is set back must not make anybody sleep longer
        rows = await self._database.read(_NEXT, {"kinds": list(self._handlers)})
        if not rows:
            return POLL_SECONDS
        ahead: timedelta = rows[0].run_at - self._clock()
        return min(max(ahead.total_seconds(), 0), POLL_SECONDS)

    async def fire_due(self) -> int:
        """Fire a batch of what is due, return how many; what handlers do commits with the fact that they ran.

        What fails is tried again later, more and more so, and in the end waits for an operator.
        """
        ids: list[UUID] = []
        try:
            return await self._fire_together(ids)
        except Exception:
            if len(ids) > 1:  # one of them failed, or all: whose fault it is shows when each runs alone
                return sum([await self._fire_alone(id) for id in ids])
            return await self._fire_alone(ids[0]) if ids else 0

    async def _fire_together(self, ids: list[UUID], only: UUID | None = None) -> int:
        async with self._database.transaction() as session:
            await session.execute(_GIVE_WAY)
            timers = (await session.scalars(self._due(only))).all()
            ids.extend(timer.id for timer in timers)
            for timer in timers:
                await self._fire(session, timer)
        return len(timers)

    async def _fire_alone(self, id: UUID) -> int:
        try:
            return await self._fire_together([], id)
        except Contended:
            return 0  # no failure of the timer's: whoever has its record is let through, then it fires
        except Exception as error:
            log.warning("Timer %s failed: %r", id, error)
            await self._postpone(id, error)
            return 1

    def _due(self, only: UUID | None) -> Select[Timer]:
        due = select(Timer).where(
            WAITING,
            Timer.run_at <= self._clock(),
            Timer.kind == any_(literal(list(self._handlers), ARRAY(String))),
        )
        if only is not None:
            due = due.where(Timer.id == only)
        return due.order_by(Timer.run_at).limit(BATCH).with_for_update(skip_locked=True)

    async def _fire(self, session: AsyncSession, timer: Timer) -> None:
        fired = Fired(
            timer.id,
            timer.kind,
            timer.record_id,
            timer.key,
            timer.steps[timer.step]["name"],
            timer.due_at,
            timer.payload,
        )
        _late.record(max((self._clock() - timer.due_at).total_seconds(), 0), {"kind": timer.kind})
        await self._go_on(session, timer)  # before the handler, which may cancel or set it anew
        with (
            arising_from("timer", timer.kind),
            caused_by(f"timer {timer.kind}"),
            telemetry.span(f"timer {timer.kind}", attributes={"timer.id": str(timer.id)}),
        ):
            await self._handlers[timer.kind](session, fired)

    async def _go_on(self, session: AsyncSession, timer: Timer) -> None:
        timer.attempts, timer.error, timer.changed_at = 0, None, self._clock()
        if timer.step + 1 == len(timer.steps):
            timer.state = TimerState.FIRED
            return
        timer.step += 1
        after = timedelta(seconds=timer.steps[timer.step]["seconds"])
        timer.due_at = timer.run_at = await known.later(session, timer.calendar_id, timer.due_at, after)

    async def _postpone(self, id: UUID, error: Exception) -> None:
        async with self._database.transaction() as session:
            timer = (await session.scalars(self._due(id))).first()
            if timer is None:
                return
            timer.error, timer.changed_at = f"{type(error).__name__}: {error}"[:2000], self._clock()
            if timer.attempts == len(DELAYS):
                timer.state = TimerState.FAILED
                _failed.add(1, {"kind": timer.kind})
            else:
                timer.run_at = self._clock() + DELAYS[timer.attempts]
                timer.attempts += 1

    async def _tidy(self) -> None:
        present = self._clock()
        if self._tidied and self._tidied <= present < self._tidied + TIDY_EVERY:
            return
        self._tidied = present
        async with self._database.transaction() as session:
            await session.execute(delete(Timer).where(SETTLED, Timer.changed_at < present - KEPT))


_NEXT = (
    select(Timer.run_at)
    .where(WAITING, Timer.kind == any_(bindparam("kinds", type_=ARRAY(String))))
    .order_by(Timer.run_at)
    .limit(1)
)
