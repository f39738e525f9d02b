"""Look-ups: what a reference brings with it, copied from the record it points to when it is set.

Only what the writer may read of that record is copied, and only into fields that the writer may set and
has not given.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import current, guard, masks, scope
from chassis.conditions.fields import canonical
from chassis.errors import Invalid
from chassis.fields import memory
from chassis.fields.comparing import PREFIX, catalogue
from chassis.fields.definition import Definition, Json
from chassis.fields.formulas import standard
from chassis.fields.types import TYPES
from chassis.fields.types.records import FILL, Reference
from chassis.money import Money

Definitions = Mapping[str, Definition]


def source(table: Table, known: Definition) -> scope.Owned | None:
    """Return the kind of records whose values a reference brings with it, if their rights are known here."""
    return scope.OF_TABLES.get(table.metadata.tables.get(known.settings["object"]))


def checked(known: Definition, table: Table, own: Definitions, of_source: Definitions) -> Json:
    """Return the settings as they are kept; raise Invalid with the place of what cannot be copied."""
    listing = source(table, known)
    if listing is None:
        _refuse(
            f"Values are copied from records of the same service; {known.settings['object']} is another's: "
            "leave this out and ask the graph for that record where it is shown"
        )
    names = catalogue(listing.table, of_source)
    kept: dict[str, str] = {}
    for key, wanted in known.settings[FILL].items():
        target, name = own.get(key), canonical(names, wanted)
        if target is None or TYPES[target.type].computed:
            _refuse(f"There is no other field {key!r} that could take a value; define it first", key)
        if name not in names:
            _refuse(
                f"{known.settings['object']} has no field {wanted!r}; custom fields are named custom.…", key
            )
        kept[key] = name
    return {**known.settings, FILL: kept}


def _refuse(message: str, *place: str) -> NoReturn:
    raise Invalid(message, path=("input", "settings", FILL, *place))


async def looked_up(
    session: AsyncSession,
    table: Table,
    fields: Definitions,
    before: Mapping[str, Json],
    entered: Mapping[str, Json],
) -> dict[str, Json]:
    """Return what the references that get another value bring with them, by the key that takes it."""
    found: dict[str, Json] = {}
    for key, value in entered.items():
        known = fields[key]
        wanted = known.settings.get(FILL) if known.type == Reference.name else None
        if wanted and value is not None and value != before.get(key):
            free = {each: name for each, name in wanted.items() if each not in entered}
            found |= await _values(session, table, known, UUID(value), _settable(table, fields, free))
    return found


def _settable(table: Table, fields: Definitions, wanted: Mapping[str, str]) -> dict[str, str]:
    fixed = guard.fixed(table)
    return {
        key: name
        for key, name in wanted.items()
        if key in fields and fields[key].visible_to(current()) and PREFIX + key not in fixed
    }


async def _values(
    session: AsyncSession, table: Table, known: Definition, id: UUID, wanted: Mapping[str, str]
) -> dict[str, Json]:
    listing = source(table, known)
    allowed = current().on(listing.noun, "read") if listing else None
    if listing is None or allowed is None:
        return {}
    chosen, reach = select(listing.table).where(listing.table.c.id == id), allowed.reach
    if reach:
        chosen = chosen.where(scope.where(listing, reach.shape))
    row = (await session.execute(chosen, reach.parameters if reach else {})).one_or_none()
    if row is None:
        return {}
    hidden = masks.columns(allowed.hidden, listing.parts)
    added = (await memory.schema_of(session, listing.table.name)).fields
    return {
        key: _value(listing.table, dict(row._mapping), name, added)
        for key, name in wanted.items()
        if name not in hidden and _is_shown(name, added)
    }


def _is_shown(name: str, added: Definitions) -> bool:
    if not name.startswith(PREFIX):
        return True
    known = added.get(name.removeprefix(PREFIX))
    return known is not None and known.visible_to(current())


def _value(table: Table, row: Mapping[str, Any], name: str, added: Definitions) -> Json:
    if not name.startswith(PREFIX):
        return _plain(standard(table, name, row))
    known = added[name.removeprefix(PREFIX)]
    return row["custom"].get(known.key, known.default)


def _plain(value: Any) -> Json:
    """Return what a column holds as somebody would enter it."""
    if isinstance(value, Money):
        return {"amount": f"{value.amount.normalize():f}", "currency": value.currency}
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
