"""What is stored already, when a definition changes: uniqueness and types of values that records hold."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Table, bindparam, delete, func, insert, select, true, type_coerce, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import recording
from chassis.audit.context import caused_by
from chassis.errors import Conflict, DomainError, LimitExceeded
from chassis.fields import formulas
from chassis.fields.comparing import COLUMN
from chassis.fields.definition import Definition, Json
from chassis.fields.memory import Schema
from chassis.fields.models import UniqueValue
from chassis.fields.types import TYPES
from chassis.fields.values import digest
from chassis.searching import keeping as searching

MOST_VALUES = 50_000


class _Held(NamedTuple):
    """What a record holds, and at which version."""

    id: UUID
    version: int
    value: Json


async def _values(session: AsyncSession, table: Table, key: str) -> list[_Held]:
    """Return the values that records hold, kept from changing."""
    value = table.c.custom.op("->")(key)
    query = select(table.c.id, table.c.version, type_coerce(value, JSONB()).label("value")).where(
        table.c.custom.op("?")(key), func.jsonb_typeof(value) != "null"
    )
    rows = (await session.execute(query.limit(MOST_VALUES + 1).with_for_update())).all()
    if len(rows) > MOST_VALUES:
        raise LimitExceeded(
            f"More than {MOST_VALUES} records hold {key}; define a new field and fill it by an import"
        )
    return [_Held(row.id, row.version, row.value) for row in rows]


async def claim_all(session: AsyncSession, table: Table, known: Definition) -> None:
    """Keep the values that are there as unique; raise Conflict when two records have the same."""
    await release_all(session, known)
    claims: dict[str, UUID] = {}
    for id, _, value in await _values(session, table, known.key):
        if digest(value) in claims:
            raise Conflict(
                f"{value!r} is held by several records, so {known.key} cannot be unique; change those first",
                path=("input", "unique"),
                ids=[str(claims[digest(value)]), str(id)],
            )
        claims[digest(value)] = id
    if claims:
        rows = [{"field_id": known.id, "digest": each, "record_id": id} for each, id in claims.items()]
        await session.execute(insert(UniqueValue), rows)


async def release_all(session: AsyncSession, known: Definition) -> None:
    """Let records have equal values."""
    await session.execute(delete(UniqueValue).where(UniqueValue.field_id == known.id))


async def convert(session: AsyncSession, table: Table, before: Definition, after: Definition) -> None:
    """Keep every value as the new type says; raise Conflict when one cannot be."""
    old, new = TYPES[before.type], TYPES[after.type]
    refusal = f"{before.key} cannot become a {after.type}"
    way_out = "correct those records, or define a new field"
    if old.computed or new.computed:
        raise Conflict(f"{refusal}: one of both is computed; define a new field", path=("input", "type"))
    converted: list[tuple[_Held, Json]] = []
    for held in await _values(session, table, before.key):
        try:
            converted.append((held, _converted(held.value, before, after)))
        except DomainError as error:
            raise Conflict(
                f"{refusal}: {held.value!r} does not fit ({error.message}); {way_out}",
                path=("input", "type"),
                id=str(held.id),
            ) from None
    await _put(session, table, before.key, converted)


async def compute(session: AsyncSession, table: Table, schema: Schema, known: Definition) -> None:
    """Let every record have the formula's value; one of custom values only, those that have some."""
    columns, _ = formulas.reads(known, table)
    touched = true() if columns else table.c.custom != type_coerce({}, JSONB())
    rows = (
        await session.execute(select(table).where(touched).limit(MOST_VALUES + 1).with_for_update())
    ).all()
    if len(rows) > MOST_VALUES:
        raise LimitExceeded(f"More than {MOST_VALUES} records are there to compute; that is too many")
    fields = {**schema.fields, known.key: known}
    key = known.key
    held = (_Held(row.id, row.version, row.custom.get(key)) for row in rows)
    computed = (_computed(table, fields, row)[key] for row in rows)
    await _put(session, table, key, list(zip(held, computed, strict=True)))


def _computed(table: Table, fields: Mapping[str, Definition], row: Row[Any]) -> dict[str, Json]:
    return formulas.computed(table, fields, row.custom, dict(row._mapping))


async def _put(session: AsyncSession, table: Table, key: str, found: Sequence[tuple[_Held, Json]]) -> None:
    """Store what follows from a definition, as a change of each record: new version, event and audit."""
    changes = [(held, value) for held, value in found if held.value != value]
    await searching.changed(session, table.name, key, {held.id: value for held, value in found})
    if not changes:
        return
    custom = func.jsonb_set(table.c.custom, [key], bindparam("value_", type_=JSONB()))
    put = update(table).where(table.c.id == bindparam("id_"))
    connection = await session.connection()
    await connection.execute(
        put.values(custom=custom, version=table.c.version + 1),
        [{"id_": held.id, "value_": value} for held, value in changes],
    )
    with caused_by(f"field {table.name}.{key}"):
        for held, value in changes:
            pair = ({key: held.value}, {key: value})
            recording.changed(session, table.name, held.id, held.version + 1, "updated", {COLUMN: pair})


def _converted(value: Json, before: Definition, after: Definition) -> Json:
    try:
        return TYPES[after.type].validate(value, after)
    except DomainError:
        return TYPES[after.type].parse(TYPES[before.type].display(value, before, "en"), after)
