"""Writing custom values: each is checked against the present definitions, in the record's transaction."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import orjson
from sqlalchemy import Table, any_, bindparam, delete, inspect, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.access import guard
from chassis.database import uuid7
from chassis.errors import Conflict, Forbidden, Invalid, LimitExceeded
from chassis.fields import asking, filling, formulas
from chassis.fields.attaching import attach
from chassis.fields.comparing import PREFIX, facts, predicate
from chassis.fields.definition import Definition, Json
from chassis.fields.memory import Schema, schema_of
from chassis.fields.models import FieldCounter, UniqueValue
from chassis.fields.targets import table_of
from chassis.fields.types import TYPES
from chassis.fields.types.computed import AutoNumber
from chassis.fields.types.records import FILE

MOST_BYTES = 64_000  # of all custom values of one record
Path = tuple[str | int, ...]


class Given(Protocol):
    """A value that somebody enters; null empties the field."""

    key: str
    value: Json


async def write(
    session: AsyncSession,
    record: Any,
    given: Sequence[Given] | None = None,
    *,
    path: Path = ("input", "custom"),
    look_up: bool = True,
) -> None:
    """Put values into a record's custom fields; call it before a new record is added to the session.

    A new record also gets defaults and numbers in sequence, and what its references bring with them, unless
    `look_up` is false, when no other service is asked for anything. With `given` a write may not leave more
    required fields empty than there were; without it the record is the system's own doing, and whoever
    edits it next is asked. Raises Invalid with the path of a value that its field does not take,
    Forbidden for a field that the caller may not set, Conflict when another record has what must be
    unique, and Unavailable when a service that has what a reference brings cannot be asked.
    """
    schema = await schema_of(session, record.__tablename__)
    writing = _Writing(session, record, schema, path)
    if schema.fields or given:
        await writing.write(given, look_up)


class _Writing:
    """One write to one record."""

    def __init__(self, session: AsyncSession, record: Any, schema: Schema, path: Path) -> None:
        self._session = session
        self._record = record
        self._schema = schema
        self._path = path
        self._table: Table = type(record).__table__
        self._new = inspect(record).transient
        self._before: Mapping[str, Json] = record.custom or {}

    async def write(self, given: Sequence[Given] | None, look_up: bool) -> None:
        entered = self._entered(given or ())
        entered |= await self._looked_up(entered) if look_up else {}
        after = {**self._before, **(await self._initial(entered) if self._new else {}), **entered}
        columns = formulas.columns_of(self._record)
        after |= formulas.computed(self._table, self._schema.fields, after, columns)
        if len(orjson.dumps(after)) > MOST_BYTES:
            raise LimitExceeded(f"The custom values of a record take at most {MOST_BYTES} bytes")
        seen = facts(self._record, after, self._schema)
        self._refuse_hidden(given or (), seen)
        if given is not None:
            self._refuse_missing(after, seen)
        changed = {
            key: value
            for key, value in after.items()
            if key not in self._before or self._before[key] != value
        }
        await self._check_targets(changed, {each.key for each in given or ()} if look_up else set())
        await self._claim(changed)
        if changed or self._new:
            self._record.custom = after

    def _entered(self, given: Sequence[Given]) -> dict[str, Json]:
        entered: dict[str, Json] = {}
        for index, each in enumerate(given):
            known = self._known(each.key, (*self._path, index, "key"))
            if each.key in entered:
                raise Invalid(f"{each.key} is given twice", path=(*self._path, index, "key"))
            entered[each.key] = checked(known, each.value, (*self._path, index, "value"))
        return entered

    async def _looked_up(self, entered: Mapping[str, Json]) -> dict[str, Json]:
        fields, before = self._schema.fields, self._before
        found = await filling.looked_up(self._session, self._table, fields, before, entered, self._path)
        if not found:
            return {}
        seen = facts(self._record, {**before, **entered}, self._schema)
        return {
            key: checked(fields[key], value, self._path)
            for key, value in found.items()
            if self._holds(fields[key].visible_when, seen)
        }

    def _known(self, key: str, path: Path) -> Definition:
        known = self._schema.fields.get(key)
        if known is None or not known.visible_to(access.current()):
            raise Invalid(
                f"{self._schema.object} has no custom field {key[:50]!r}", path=path, field=key[:50]
            )
        if PREFIX + key in guard.fixed(self._table):
            raise Forbidden(
                f"You may not set {known.label_en} ({known.label_zh}); leave it out", path=path, field=key
            )
        return known

    async def _initial(self, entered: Mapping[str, Json]) -> dict[str, Json]:
        initial: dict[str, Json] = {}
        for key, known in self._schema.fields.items():
            type = TYPES[known.type]
            if isinstance(type, AutoNumber):
                initial[key] = type.written(await self._next(known), known)
            elif known.default is not None and key not in entered:
                initial[key] = known.default
        return initial

    async def _next(self, known: Definition) -> int:
        start = known.settings.get("start", 1)
        counted = insert(FieldCounter).values(field_id=known.id, next=start + 1)
        counted = counted.on_conflict_do_update(
            index_elements=["field_id"], set_={"next": FieldCounter.next + 1}
        )
        return int((await self._session.scalars(counted.returning(FieldCounter.next))).one()) - 1

    def _refuse_hidden(self, given: Sequence[Given], seen: Mapping[str, Any]) -> None:
        for index, each in enumerate(given):
            known = self._schema.fields[each.key]
            if each.value is not None and not self._holds(known.visible_when, seen):
                raise Invalid(
                    f"{known.label_en} ({known.label_zh}) is not asked of such a record; leave it out",
                    path=(*self._path, index),
                    field=each.key,
                )

    def _refuse_missing(self, after: Mapping[str, Json], seen: Mapping[str, Any]) -> None:
        missing = self._missing(after, seen)
        if not self._new:
            missing -= self._missing(self._before, facts(self._record, self._before, self._schema))
        if missing:
            first = self._schema.fields[min(missing)]
            raise Invalid(
                f"{first.label_en} ({first.label_zh}) must be given",
                path=self._path,
                field=first.key,
                missing=sorted(missing),
            )

    def _missing(self, values: Mapping[str, Json], seen: Mapping[str, Any]) -> set[str]:
        return {
            known.key
            for known in self._schema.fields.values()
            if values.get(known.key, known.default) in (None, "", [])
            and not TYPES[known.type].computed
            and (known.required or (known.required_when and self._holds(known.required_when, seen)))
            and self._holds(known.visible_when, seen)
        }

    def _holds(self, condition: Json, seen: Mapping[str, Any]) -> bool:
        return condition is None or predicate(self._table, self._schema, condition)(seen)

    async def _check_targets(self, changed: Mapping[str, Json], asked: set[str]) -> None:
        """Refuse what is not there; other services are `asked` only for what somebody entered now."""
        wanted: dict[str, dict[UUID, str]] = {}
        for key, value in changed.items():
            known = self._schema.fields.get(key)
            if known and value is not None:
                for kind, id in TYPES[known.type].references(value, known):
                    wanted.setdefault(kind, {})[id] = key
        await attach(self._session, self._record, self._files(changed), self._path)
        for kind, ids in wanted.items():
            table = table_of(self._table.metadata, kind)
            if table is not None:
                found = await self._session.scalars(_existing(table), {"ids": list(ids)})
                self._refuse_unknown(kind, ids, ids.keys() - set(found), "is known here")
            else:
                entered = [id for id, key in ids.items() if key in asked]
                unknown = asking.unknown(kind, entered, self._path)
                self._refuse_unknown(kind, ids, unknown, "you may read")

    def _files(self, changed: Mapping[str, Json]) -> dict[UUID, Definition]:
        return {
            id: known
            for key, value in changed.items()
            if value is not None and (known := self._schema.fields.get(key))
            for kind, id in TYPES[known.type].references(value, known)
            if kind == FILE
        }

    def _refuse_unknown(
        self, kind: str, ids: Mapping[UUID, str], unknown: Iterable[UUID], limit: str
    ) -> None:
        for id in unknown:
            raise Invalid(f"There is no {kind} {id} that {limit}", path=self._path, field=ids[id], id=str(id))

    async def _claim(self, changed: Mapping[str, Json]) -> None:
        for key, value in changed.items():
            known = self._schema.fields.get(key)
            if known is None or not known.unique:
                continue
            if self._record.id is None:
                self._record.id = uuid7()
            await release(self._session, known.id, self._record.id)
            if value is not None:
                await self._claim_one(known, value)

    async def _claim_one(self, known: Definition, value: Json) -> None:
        claim = {"field_id": known.id, "digest": digest(value), "record_id": self._record.id}
        claimed = insert(UniqueValue).values(claim).on_conflict_do_nothing().returning(UniqueValue.record_id)
        if await self._session.scalar(claimed) is None:
            same = select(UniqueValue.record_id).where(
                UniqueValue.field_id == known.id, UniqueValue.digest == claim["digest"]
            )
            raise Conflict(
                f"Another {self._schema.object} has {value!r} as {known.label_en} ({known.label_zh}); "
                "change that one, or choose another",
                path=self._path,
                field=known.key,
                id=str(await self._session.scalar(same)),
            )


def checked(known: Definition, value: Json, path: Path) -> Json:
    """Return a value as it is stored; raise Invalid, with the field's name, when it is not taken."""
    if value is None:
        return None
    try:
        return TYPES[known.type].validate(value, known)
    except Invalid as error:
        message = f"{known.label_en} ({known.label_zh}): {error.message}"
        raise Invalid(message, path=(*path, *error.path), field=known.key) from None


def digest(value: Json) -> str:
    """Return what is equal for equal values."""
    return hashlib.sha256(str(value).encode()).hexdigest()


async def release(session: AsyncSession, field_id: UUID, record_id: UUID) -> None:
    """Give up the value that a record has in a unique field."""
    await session.execute(
        delete(UniqueValue).where(UniqueValue.field_id == field_id, UniqueValue.record_id == record_id)
    )


async def forget(session: AsyncSession, record_ids: Sequence[UUID]) -> None:
    """Give up all unique values of records that were removed."""
    await session.execute(delete(UniqueValue).where(UniqueValue.record_id.in_(record_ids)))


def _existing(table: Table) -> Any:
    return select(table.c.id).where(table.c.id == any_(bindparam("ids", type_=ARRAY(PgUUID(as_uuid=True)))))
