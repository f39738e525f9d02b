"""The working calendars that a service knows, and time as it passes by them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from google.protobuf.message import Message
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import replicas
from chassis.database import now
from chassis.errors import Unavailable
from chassis.messaging.envelope import Envelope
from chassis.messaging.subscriber import Handlers
from chassis.timers.calendars import Calendar, parse
from chassis.timers.models import WAITING, KnownCalendar, Timer

_BATCH = 1000


def handlers(*, calendar_changed: type[Message]) -> Handlers:
    """Return what keeps the calendars of the service that owns them; what is older is ignored.

    The chassis knows no contract, so the service names the message; its fields are fixed.
    """
    return {calendar_changed: _calendar_changed}


async def calendar_id(session: AsyncSession, id: UUID | None) -> UUID:
    """Return the id of this calendar, or of the default one; raise Unavailable when nobody told of it yet."""
    wanted = KnownCalendar.is_default if id is None else KnownCalendar.id == id
    found = await session.scalar(select(KnownCalendar.id).where(wanted).order_by(KnownCalendar.id))
    if found is None:
        which = "default calendar" if id is None else f"calendar {id}"
        raise Unavailable(f"The {which} is not known here yet; define it, or try again in a moment")
    return found


async def later(session: AsyncSession, id: UUID | None, start: datetime, duration: timedelta) -> datetime:
    """Return when so much time has passed: by a calendar, or by the clock on the wall for none."""
    return start + duration if id is None else (await _calendar(session, id)).add(start, duration)


async def between(session: AsyncSession, id: UUID | None, start: datetime, end: datetime) -> timedelta:
    """Return how much time lies between two moments: by a calendar, or by the clock on the wall for none."""
    return end - start if id is None else (await _calendar(session, id)).between(start, end)


async def _calendar(session: AsyncSession, id: UUID) -> Calendar:
    return _parsed(orjson.dumps((await session.get_one(KnownCalendar, id)).definition))


@lru_cache(maxsize=100)
def _parsed(definition: bytes) -> Calendar:
    return parse(orjson.loads(definition))


async def _calendar_changed(session: AsyncSession, event: Any, _: Envelope) -> None:
    definition = orjson.loads(event.definition)
    parse(definition)  # what this release cannot read becomes a dead letter, not wrong times
    id = UUID(event.calendar_id)
    before = await session.get(KnownCalendar, id, with_for_update=True)
    if before and before.version >= event.version:
        return
    old = before and before.definition
    if event.is_default:
        others = update(KnownCalendar).where(KnownCalendar.id != id, KnownCalendar.is_default)
        await session.execute(others.values(is_default=False))
    await _keep(session, id, event, definition)
    await replicas.tell(session)  # of the company's zone
    if old and old != definition:
        await _replan(session, id, parse(old), parse(definition))


async def _keep(session: AsyncSession, id: UUID, event: Any, definition: Mapping[str, Any]) -> None:
    row: dict[str, Any] = {
        "version": event.version,
        "name": event.name,
        "definition": definition,
        "is_default": event.is_default,
    }
    fresh = insert(KnownCalendar).values(id=id, **row)
    written = fresh.on_conflict_do_update(index_elements=["id"], set_=row).returning(KnownCalendar)
    await session.scalars(written, execution_options={"populate_existing": True})


async def _replan(session: AsyncSession, id: UUID, old: Calendar, new: Calendar) -> None:
    """What was left of each waiting timer, by the old hours, is left of it by the new ones."""
    present, reached = now(), UUID(int=0)
    waiting = select(Timer.id, Timer.due_at).where(WAITING, Timer.calendar_id == id, Timer.due_at > present)
    while True:
        page = waiting.where(Timer.id > reached).order_by(Timer.id).limit(_BATCH).with_for_update()
        rows = (await session.execute(page)).all()
        if not rows:
            return
        moved = [
            {"id": row.id, "due_at": due_at, "run_at": due_at}
            for row in rows
            if (due_at := new.add(present, old.between(present, row.due_at)))
        ]
        await session.execute(update(Timer), moved)
        reached = rows[-1].id
