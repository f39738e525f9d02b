"""What is stored already, when a definition changes: uniqueness and types of values that records hold."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, bindparam, delete, func, insert, select, true, type_coerce, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Conflict, DomainError, LimitExceeded
from chassis.fields import formulas
from chassis.fields.definition import Definition, Json
from chassis.fields.memory import Schema
from chassis.fields.models import UniqueValue
from chassis.fields.types import TYPES
from chassis.fields.values import digest
from chassis.searching import keeping as searching

MOST_VALUES = 50_000


async def _values(session: AsyncSession, table: Table, key: str) -> list[tuple[UUID, Json]]:
    """Return the values that records hold, kept from changing."""
    value = table.c.custom.op("->")(key)
    query = select(table.c.id, type_coerce(value, JSONB()).label("value")).where(
        table.c.custom.op("?")(key), func.jsonb_typeof(value) != "null"
    )
    rows = (await session.execute(query.limit(MOST_VALUES + 1).with_for_update())).all()
    if len(rows) > MOST_VALUES:
        raise LimitExceeded(
            f"More than {MOST_VALUES} records hold {key}; define a new field and fill it by an import"
        )
    return [(row.id, row.value) for row in rows]


async def claim_all(session: AsyncSession, table: Table, known: Definition) -> None:
    """Keep the values that are there as unique; raise Conflict when two records have the same."""
    await release_all(session, known)
    claims: dict[str, UUID] = {}
    for id, value in await _values(session, table, known.key):
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
    converted: list[dict[str, Any]] = []
    for id, value in await _values(session, table, before.key):
        try:
            converted.append({"id_": id, "value_": _converted(value, before, after)})
        except DomainError as error:
            raise Conflict(
                f"{refusal}: {value!r} does not fit ({error.message}); {way_out}",
                path=("input", "type"),
                id=str(id),
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
    found = [{"id_": row.id, "value_": _computed(table, fields, row)[known.key]} for row in rows]
    await _put(session, table, known.key, found)


def _computed(table: Table, fields: Mapping[str, Definition], row: Row[Any]) -> dict[str, Json]:
    return formulas.computed(table, fields, row.custom, dict(row._mapping))


async def _put(session: AsyncSession, table: Table, key: str, values: list[dict[str, Any]]) -> None:
    """Store values that follow from what the records say; neither that nor their versions change."""
    if values:
        changed = func.jsonb_set(table.c.custom, [key], bindparam("value_", type_=JSONB()))
        connection = await session.connection()
        await connection.execute(
            update(table).where(table.c.id == bindparam("id_")).values(custom=changed), values
        )
        found = {each["id_"]: each["value_"] for each in values}
        await searching.changed(session, table.name, key, found)


def _converted(value: Json, before: Definition, after: Definition) -> Json:
    try:
        return TYPES[after.type].validate(value, after)
    except DomainError:
        return TYPES[after.type].parse(TYPES[before.type].display(value, before, "en"), after)
