"""What can happen to a working calendar."""

from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.errors import Conflict
from chassis.messaging.outbox import emit
from chassis.timers.calendars import parse, to_json
from identity.calendars import queries
from identity.calendars.models import Calendar
from identity.names import clean
from roundel.identity.v1 import identity_events_pb2 as events

SHIPPED = Path(__file__).parent / "china.json"


async def ship(session: AsyncSession) -> None:
    """Bring the shipped calendar to what this release knows, unless an administrator changed it.

    It is the default when there is no other.
    """
    shipped = orjson.loads(SHIPPED.read_bytes())
    definition = to_json(parse(shipped["definition"]))
    calendar = await queries.named(session, shipped["name"])
    if calendar is None:
        first = await queries.the_default(session) is None
        calendar = Calendar(name=shipped["name"], shipped=True, is_default=first)
        session.add(calendar)
    elif not calendar.shipped or calendar.customised or calendar.definition == definition:
        return
    calendar.definition = definition
    await session.flush()
    _tell(session, calendar)


async def define_calendar(
    session: AsyncSession, *, name: str, definition: Any, is_default: bool = False
) -> Calendar:
    """Make a calendar.

    Raises Invalid with the path of what is wrong in the definition, and Conflict when the name is taken.
    """
    calendar = Calendar(name=clean(name, "a calendar"), definition=_checked(definition))
    if is_default:
        await _choose(session, calendar)
    session.add(calendar)
    await _keep_unique(session, calendar)
    _tell(session, calendar)
    return calendar


async def change_calendar(
    session: AsyncSession,
    id: UUID,
    *,
    name: str | None = None,
    definition: Any = None,
    is_default: bool = False,
    expected_version: int | None = None,
) -> Calendar:
    """Give a calendar another name or definition, or let it be the default; what is not given stays.

    Raises Invalid with the path of what is wrong in the definition, and Conflict when the name is taken.
    """
    calendar = await fetch(session, Calendar, id, expected_version=expected_version)
    if name is not None:
        calendar.name = clean(name, "a calendar")
    if definition is not None:
        calendar.definition = _checked(definition)
    calendar.customised = calendar.shipped and (calendar.customised or bool(name or definition))
    if is_default:
        await _choose(session, calendar)
    await _keep_unique(session, calendar)
    _tell(session, calendar)
    return calendar


async def _choose(session: AsyncSession, calendar: Calendar) -> None:
    await queries.one_at_a_time(session)
    former = await queries.the_default(session)
    if former and former is not calendar:
        former.is_default = False
        await session.flush()  # before the new one, for there is never more than one
        _tell(session, former)
    calendar.is_default = True


async def _keep_unique(session: AsyncSession, calendar: Calendar) -> None:
    name = calendar.name
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict(f"There is a calendar {name} already", path=("input", "name")) from error


def _checked(definition: Any) -> dict[str, Any]:
    return to_json(parse(definition, path=("input", "definition")))


def _tell(session: AsyncSession, calendar: Calendar) -> None:
    changed = events.CalendarChanged(
        calendar_id=str(calendar.id),
        version=calendar.version,
        name=calendar.name,
        definition=orjson.dumps(calendar.definition).decode(),
        is_default=calendar.is_default,
    )
    changed.occurred_at.FromDatetime(now())
    emit(session, changed, subject=calendar.id)
