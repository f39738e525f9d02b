"""Look-ups: what a reference brings with it, copied from the record it points to when it is set.

Only what the writer may read of that record is copied, and only into fields that the writer may set and
has not given. Records of other services are asked of those: see asking.
"""

from collections.abc import Mapping
from typing import NoReturn
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import current, guard, scope
from chassis.conditions.fields import canonical
from chassis.errors import Invalid
from chassis.fields import asking, memory, reading
from chassis.fields.asking import Path
from chassis.fields.comparing import PREFIX
from chassis.fields.definition import Definition, Json
from chassis.fields.reading import Definitions
from chassis.fields.targets import table_of
from chassis.fields.types import TYPES
from chassis.fields.types.records import FILL, Reference

_PLACE = ("input", "settings", FILL)


def asks(table: Table, known: Definition) -> bool:
    """Tell whether another service is asked when a value of this field is set."""
    type = TYPES[known.type]
    if not isinstance(type, Reference):
        return False
    is_checked_there = table_of(table.metadata, type.kind(known)) is None
    return is_checked_there or (FILL in known.settings and source(table, known) is None)


def source(table: Table, known: Definition) -> scope.Owned | None:
    """Return the records of this service whose values a reference brings; None if they are another's."""
    return scope.OF_TABLES.get(table.metadata.tables.get(known.settings["object"]))


async def checked(
    session: AsyncSession, known: Definition, table: Table, own: Definitions, *, changed: bool
) -> Json:
    """Return the settings as they are kept; raise Invalid with the place of what cannot be copied.

    Another service is only asked for its fields when the settings are `changed`; raises Unavailable when
    it does not answer.
    """
    wanted = known.settings[FILL]
    for key in wanted:
        if key not in own or TYPES[own[key].type].computed:
            _refuse(f"There is no other field {key!r} that could take a value; define it first", key)
    names = await _names(session, known, table) if changed else {name: name for name in wanted.values()}
    for key, name in wanted.items():
        if names is not None and name not in names:
            _refuse(
                f"{known.settings['object']} has no field {name!r}; custom fields are named custom.…", key
            )
    return {**known.settings, FILL: {key: (names or {}).get(name, name) for key, name in wanted.items()}}


async def _names(session: AsyncSession, known: Definition, table: Table) -> Mapping[str, str] | None:
    """Return what the wanted fields are called there, as far as there are such; None if not answered yet."""
    kind, wanted = known.settings["object"], known.settings[FILL].values()
    listing = source(table, known)
    if listing is None:
        if not asking.is_asked(kind):
            _refuse(
                f"Values are copied from records of this service and of those it may ask; not from {kind}"
            )
        return asking.names(kind, wanted, _PLACE)
    there = reading.nameable(listing.table, (await memory.schema_of(session, kind)).fields)
    return {each: name for each in wanted if (name := canonical(there, each)) in there}


def _refuse(message: str, *place: str) -> NoReturn:
    raise Invalid(message, path=(*_PLACE, *place))


async def looked_up(
    session: AsyncSession,
    table: Table,
    fields: Definitions,
    before: Mapping[str, Json],
    entered: Mapping[str, Json],
    path: Path,
) -> dict[str, Json]:
    """Return what the references that get another value bring with them, by the key that takes it.

    Raises Unavailable where the service that has the record cannot be asked.
    """
    found: dict[str, Json] = {}
    for key, value in entered.items():
        known = fields[key]
        wanted = known.settings.get(FILL) if known.type == Reference.name else None
        if wanted and value is not None and value != before.get(key):
            able = _settable(table, fields, wanted)
            free = {each: name for each, name in able.items() if each not in entered}
            if free:
                values = await _values(session, table, known, UUID(value), able, path)
                found |= {each: values[name] for each, name in free.items() if name in values}
    return found


def _settable(table: Table, fields: Definitions, wanted: Mapping[str, str]) -> dict[str, str]:
    fixed = guard.fixed(table)
    return {
        key: name
        for key, name in wanted.items()
        if key in fields and fields[key].visible_to(current()) and PREFIX + key not in fixed
    }


async def _values(
    session: AsyncSession, table: Table, known: Definition, id: UUID, wanted: Mapping[str, str], path: Path
) -> Mapping[str, Json]:
    """Return what the writer may read of the record, by the names of its fields."""
    listing = source(table, known)
    if listing is None:
        return asking.record(known.settings["object"], id, wanted, path)
    allowed = current().on(listing.noun, "read")
    if allowed is None:
        return {}
    chosen, reach = select(listing.table).where(listing.table.c.id == id), allowed.reach
    if reach:
        chosen = chosen.where(scope.where(listing, reach.shape))
    row = (await session.execute(chosen, reach.parameters if reach else {})).one_or_none()
    if row is None:
        return {}
    added = (await memory.schema_of(session, listing.table.name)).fields
    seen = reading.visible(listing, allowed, added, wanted.values())
    return reading.values(listing.table, row._asdict(), added, seen)
