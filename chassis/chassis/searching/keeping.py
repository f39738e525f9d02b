"""The words are written with the record, by the statement after that of the flush."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Table, Text, bindparam, event, inspect, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, Session

from chassis.audit.recording import RecordingSession
from chassis.fields.models import Custom
from chassis.searching.language import found_by

SEARCHED = {"searched": True}  # what a column is marked with: `mapped_column(…, info=SEARCHED)`
CUSTOM = "custom"

_TEXTS = ARRAY(Text())
_IDS: ARRAY[UUID] = ARRAY(PgUUID(as_uuid=True))
_FOUND = (
    bindparam("ids", type_=_IDS),
    bindparam("fields", type_=_TEXTS),
    bindparam("objects", type_=_TEXTS),
    bindparam("texts", type_=_TEXTS),
)
_ADD = (
    "INSERT INTO search_text (record_id, field, object, text)"
    " SELECT * FROM unnest(:ids, :fields, :objects, :texts)"
)
ADD = text(_ADD).bindparams(*_FOUND)  # of what is known to be new
WRITE = text(
    f"{_ADD} ON CONFLICT (record_id, field) DO UPDATE SET text = excluded.text"
    " WHERE search_text.text <> excluded.text"
).bindparams(*_FOUND)
_FORGET = text("DELETE FROM search_text WHERE record_id = ANY(:ids)").bindparams(bindparam("ids", type_=_IDS))


class Found(NamedTuple):
    """A field of a record and what it is found by."""

    id: UUID
    field: str
    object: str
    text: str


def searched(table: Table) -> tuple[str, ...]:
    """Return the columns that a table's rows are found by; raise TypeError for one that is secret."""
    names = tuple(column.key for column in table.c if column.info.get("searched"))
    for name in names:
        if table.c[name].info.get("secret"):
            raise TypeError(f"{table.name}.{name} is secret, so nothing is found by it")
    return names


def of_row(
    object: str, id: UUID, names: Iterable[str], values: Mapping[str, Any], *, all: bool = False
) -> Iterator[Found]:
    """Give what a row is found by; with `all` also that a field is empty, in place of what was there."""
    for name in names:
        if name == CUSTOM:
            held = values.get(CUSTOM) or {}
            yield from of_row(object, id, (f"{CUSTOM}.{key}" for key in held), _prefixed(held), all=all)
        elif (words := found_by(values.get(name))) or all:
            yield Found(id, name, object, words)


def _prefixed(held: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{CUSTOM}.{key}": value for key, value in held.items()}


def arrays(found: Sequence[Found]) -> dict[str, list[Any]]:
    """Return what WRITE takes."""
    ids, fields, objects, texts = map(list, zip(*found, strict=True))
    return {"ids": ids, "fields": fields, "objects": objects, "texts": texts}


def of_new(rows: Sequence[Any]) -> list[Found]:
    """Return what new rows of one table are found by."""
    names = _names(inspect(type(rows[0])))
    table = rows[0].__table__.name
    return [each for row in rows for each in of_row(table, row.id, names, vars(row))]


async def add(session: AsyncSession, found: Sequence[Found]) -> None:
    """Write what new rows are found by that were inserted past the session's flush."""
    if found:
        await session.execute(ADD, arrays(found))


async def changed(session: AsyncSession, object: str, key: str, values: Mapping[UUID, Any]) -> None:
    """Write what records are found by in a field of the company's own that was set past the flush."""
    found = [Found(id, f"{CUSTOM}.{key}", object, found_by(value)) for id, value in values.items()]
    if found:
        await session.execute(WRITE, arrays(found))


@event.listens_for(RecordingSession, "after_flush")
def _write(session: Session, _: object) -> None:
    found = [each for row in session.new for each in _of_new(row)]
    found += [each for row in session.dirty for each in _of_changed(row)]
    if found:
        session.connection().execute(WRITE, arrays(found))
    gone = [row.id for row in session.deleted if _names(inspect(type(row)))]
    if gone:
        session.connection().execute(_FORGET, {"ids": gone})


def _of_new(row: Any) -> Iterable[Found]:
    return (
        of_row(row.__table__.name, row.id, names, vars(row)) if (names := _names(inspect(type(row)))) else ()
    )


def _of_changed(row: Any) -> Iterable[Found]:
    state = inspect(row)
    before, values = state.committed_state, dict(state.dict)
    names = [name for name in _names(state.mapper) if name in before and before[name] != values.get(name)]
    if CUSTOM in names:  # keys that are gone are empty now
        old = before[CUSTOM] if isinstance(before[CUSTOM], dict) else {}
        values[CUSTOM] = dict.fromkeys(old) | (values.get(CUSTOM) or {})
    return of_row(row.__table__.name, row.id, names, values, all=True) if names else ()


@cache
def _names(mapper: Mapper[Any]) -> tuple[str, ...]:
    table = mapper.local_table
    assert isinstance(table, Table)
    return (*searched(table), CUSTOM) if issubclass(mapper.class_, Custom) else searched(table)
