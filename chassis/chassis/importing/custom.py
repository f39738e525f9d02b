"""The fields that a company added, in files: there as soon as they are defined, written like at entry."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.fields import lists, values
from chassis.fields.comparing import COLUMN, PREFIX
from chassis.fields.definition import Definition, Json
from chassis.fields.memory import schema_of
from chassis.fields.types import TYPES
from chassis.importing.importable import Field, Importable, Values, Work, each


@dataclass(slots=True)
class Entered:
    """A value that a row has for a custom field."""

    key: str
    value: Json


async def present(session: AsyncSession, importable: Importable) -> Importable:
    """Return the importable with the custom fields that the caller may see; they stay until the end of it."""
    schema = await schema_of(session, importable.model.__tablename__)  # type: ignore[attr-defined]
    seen = [
        _field(each)
        for each in lists.shown(schema.fields.values(), access.current())
        if not TYPES[each.type].computed
    ]
    return replace(importable, fields=[*importable.fields, *seen], customised=bool(schema.fields))


def _field(known: Definition) -> Field:
    labels = (known.label_zh, known.label_en, known.key)
    return Field(PREFIX + known.key, labels, kind="custom", definition=known)


def entered(importable: Importable, row: Values, *, new: bool) -> Values:
    """Return a row with its custom values together; a new record always has some, so that none is missed."""
    if not importable.customised:
        return row
    plain = {name: value for name, value in row.items() if not name.startswith(PREFIX)}
    given = [Entered(name.removeprefix(PREFIX), row[name]) for name in row if name.startswith(PREFIX)]
    return {**plain, COLUMN: given} if new or given else plain


def changing(work: Work) -> Any:
    """Return the update of many rows, one after the other, that also writes custom values."""

    async def change(session: AsyncSession, row: tuple[UUID, Values]) -> Any:
        id, given = row
        plain = {name: value for name, value in given.items() if name != COLUMN}
        record = await work(session, (id, plain))
        if COLUMN in given:
            await values.write(session, record, given[COLUMN])
        return record

    return each(change)


async def put_back(session: AsyncSession, record: Any, before: dict[str, Json]) -> None:
    """Give custom fields the values that they had; raises what `values.write` does."""
    schema = await schema_of(session, record.__tablename__)
    changed = [
        Entered(key, before.get(key))
        for key, known in schema.fields.items()
        if not TYPES[known.type].computed and before.get(key) != record.custom.get(key)
    ]
    await values.write(session, record, changed, look_up=False)


async def forget(session: AsyncSession, record: Any) -> None:
    """Give up what a record that was removed had alone."""
    if inspect(record).deleted or inspect(record).was_deleted:
        await values.forget(session, [record.id])
