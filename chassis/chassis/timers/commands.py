"""Setting timers, and what can be done to one that waits; all in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import now, uuid7
from chassis.errors import Invalid
from chassis.timers import known
from chassis.timers.models import Timer, TimerState

MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class Step:
    """A rung of a ladder: so long after the one before, or after the start."""

    name: str
    after: timedelta


async def set_timer(
    session: AsyncSession,
    kind: str,
    record_id: UUID,
    *,
    at: datetime | None = None,
    after: timedelta | None = None,
    steps: Sequence[Step] = (),
    key: str = "",
    business: bool = False,
    calendar_id: UUID | None = None,
    payload: Mapping[str, Any] | None = None,
    present: datetime | None = None,
) -> Timer:
    """Let the handler of this kind run for a record: at a moment, after a while, or step by step.

    A timer of the same kind, record and key is set anew. `business` time runs by the calendar, or by the
    default one; it is added to `present`, which is now unless told. Raises Invalid unless exactly one of
    `at`, `after` and `steps` is given, and Unavailable for a calendar that nobody told of yet.
    """
    start = present or now()
    ladder = _ladder(start, at, after, steps)
    calendar = (await known.calendar_id(session, calendar_id)) if business or calendar_id else None
    due_at = at or await known.later(session, calendar, start, ladder[0].after)
    row: dict[str, Any] = {
        "kind": kind,
        "record_id": record_id,
        "key": key,
        "state": TimerState.WAITING,
        "due_at": due_at,
        "run_at": due_at,
        "steps": [{"name": step.name, "seconds": step.after.total_seconds()} for step in ladder],
        "step": 0,
        "payload": dict(payload or {}),
        "calendar_id": calendar,
        "remaining": None,
        "attempts": 0,
        "error": None,
        "changed_at": start,
    }
    fresh = insert(Timer).values(id=uuid7(), **row)
    written = fresh.on_conflict_do_update(constraint="uq_timer_record", set_=row).returning(Timer)
    options = {"populate_existing": True}
    return (await session.scalars(written, execution_options=options)).one()


async def cancel(
    session: AsyncSession, kind: str, record_id: UUID, *, key: str = "", present: datetime | None = None
) -> Timer | None:
    """Let a timer that waits or is paused never fire; return it, None when there is none."""
    timer = await _find(session, kind, record_id, key, TimerState.WAITING, TimerState.PAUSED)
    return _now_is(timer, TimerState.CANCELLED, present)


async def pause(
    session: AsyncSession, kind: str, record_id: UUID, *, key: str = "", present: datetime | None = None
) -> Timer | None:
    """Stop the time of a timer that waits; return it, None when there is none."""
    timer = await _find(session, kind, record_id, key, TimerState.WAITING)
    if timer:
        left = await known.between(session, timer.calendar_id, present or now(), timer.due_at)
        timer.remaining = max(left, timedelta())
    return _now_is(timer, TimerState.PAUSED, present)


async def resume(
    session: AsyncSession, kind: str, record_id: UUID, *, key: str = "", present: datetime | None = None
) -> Timer | None:
    """Let the time of a paused timer go on with what was left of it; return it, None when there is none."""
    timer = await _find(session, kind, record_id, key, TimerState.PAUSED)
    if timer:
        left = timer.remaining or timedelta()
        timer.due_at = timer.run_at = await known.later(session, timer.calendar_id, present or now(), left)
        timer.remaining = None
    return _now_is(timer, TimerState.WAITING, present)


async def restart(
    session: AsyncSession, kind: str, record_id: UUID, *, key: str = "", present: datetime | None = None
) -> Timer | None:
    """Begin a timer again from its first step, whatever became of it; return it, None when there is none."""
    timer = await _find(session, kind, record_id, key, *TimerState)
    if timer:
        first = timedelta(seconds=timer.steps[0]["seconds"])
        timer.due_at = timer.run_at = await known.later(session, timer.calendar_id, present or now(), first)
        timer.step, timer.remaining, timer.attempts, timer.error = 0, None, 0, None
    return _now_is(timer, TimerState.WAITING, present)


def _ladder(
    start: datetime, at: datetime | None, after: timedelta | None, steps: Sequence[Step]
) -> Sequence[Step]:
    if (at is not None) + (after is not None) + bool(steps) != 1:
        raise Invalid("A timer is set for a moment, for a duration, or for steps")
    ladder = steps or [Step("due", max(at - start, timedelta()) if at else after or timedelta())]
    if len(ladder) > MOST_STEPS or any(step.after < timedelta() for step in ladder):
        raise Invalid(f"A ladder has at most {MOST_STEPS} steps, each after the one before")
    return ladder


async def _find(
    session: AsyncSession, kind: str, record_id: UUID, key: str, *states: TimerState
) -> Timer | None:
    query = select(Timer).where(
        Timer.kind == kind, Timer.record_id == record_id, Timer.key == key, Timer.state.in_(states)
    )
    found: Timer | None = await session.scalar(query.with_for_update())
    return found


def _now_is(timer: Timer | None, state: TimerState, present: datetime | None) -> Timer | None:
    if timer:
        timer.state, timer.changed_at = state, present or now()
    return timer
