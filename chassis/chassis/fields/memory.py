"""The definitions as every process keeps them: read again when somebody changed them, wherever."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from chassis.database import Database
from chassis.fields.definition import Definition, Json
from chassis.fields.models import FieldDefinition, FieldSchema

FRESH_SECONDS = 1.0
NEVER = UUID(int=0)

_COLUMNS = tuple(FieldDefinition.__table__.c[name] for name in Definition.__dataclass_fields__)
_REVISIONS = select(FieldSchema.object, FieldSchema.version, FieldSchema.revision, FieldSchema.layout)
_HEAD = _REVISIONS.where(FieldSchema.object == bindparam("object"))
_DEFINITIONS = select(*_COLUMNS).where(FieldDefinition.retired.is_(False))


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields of one kind of object that are in use, in their order, at one revision."""

    object: str
    version: int = 0
    revision: UUID = NEVER
    fields: Mapping[str, Definition] = field(default_factory=dict)
    layout: Json = None


def definition(row: Any) -> Definition:
    """Return what a row says."""
    given = {name: getattr(row, name) for name in Definition.__dataclass_fields__}
    return Definition(**{**given, "roles": tuple(row.roles)})


def _schema(head: Any, rows: Sequence[Any]) -> Schema:
    own = sorted((definition(row) for row in rows), key=lambda each: (each.position, each.key))
    fields = {each.key: each for each in own if each.object == head.object}
    return Schema(head.object, head.version, head.revision, fields, head.layout)


class Known:
    """What one process knows of the fields in one database; at most a second behind the others."""

    def __init__(self) -> None:
        self._schemas: dict[str, Schema] = {}
        self._checked = float("-inf")
        self._checking = asyncio.Lock()

    def of(self, object: str) -> Schema:
        """Return the fields of a kind of object as they were known a moment ago."""
        return self._schemas.get(object) or Schema(object)

    def expire(self) -> None:
        """Look again before the next answer: this process changed something."""
        self._checked = float("-inf")

    async def refresh(self, database: Database) -> None:
        """Look whether another process changed something, at most once a second."""
        if time.monotonic() - self._checked < FRESH_SECONDS:
            return
        async with self._checking:
            if time.monotonic() - self._checked < FRESH_SECONDS:
                return
            began = time.monotonic()
            heads = await database.read(_REVISIONS)
            if any(self.of(head.object).revision != head.revision for head in heads):
                rows = await database.read(_DEFINITIONS)
                self._schemas = {head.object: _schema(head, rows) for head in heads}
            self._checked = began

    async def in_transaction(self, session: AsyncSession, object: str) -> Schema:
        """Return the fields as this transaction sees them; nobody changes them before it ends."""
        head = (
            await session.execute(_REVISIONS.where(FieldSchema.object == object).with_for_update(read=True))
        ).one_or_none()
        if head is None:
            return Schema(object)
        known = self.of(object)
        if known.revision == head.revision:
            return known
        rows = (await session.execute(_DEFINITIONS.where(FieldDefinition.object == object))).all()
        return _schema(head, rows)


_known: WeakKeyDictionary[Engine, Known] = WeakKeyDictionary()


def known(database: Database) -> Known:
    """Return what this process knows of the fields in a database."""
    return _known.setdefault(database.engine.sync_engine, Known())


def forget(database: Database) -> None:
    """Know nothing of the fields in a database, as a process that has just begun."""
    _known.pop(database.engine.sync_engine, None)


def seen(session: Session, object: str) -> Schema:
    """Return an object's fields as a flush sees them, which does not keep them from changing.

    Who changes them waits for the rows that the flush writes, and then looks at these again.
    """
    kept: dict[str, Schema] = session.info.get("fields", {})
    if object in kept:
        return kept[object]
    connection = session.connection()
    head = connection.execute(_HEAD, {"object": object}).one_or_none()
    if head is None:
        return Schema(object)
    process = _known.setdefault(connection.engine, Known())
    if process.of(object).revision == head.revision:
        return process.of(object)
    return _schema(head, connection.execute(_DEFINITIONS.where(FieldDefinition.object == object)).all())


async def schema_of(session: AsyncSession, object: str) -> Schema:
    """Return an object's fields, read once per transaction and kept from changing until its end."""
    kept: dict[str, Schema] = session.info.setdefault("fields", {})
    if object not in kept:
        engine = session.get_bind()
        assert isinstance(engine, Engine)
        known = _known.setdefault(engine, Known())
        kept[object] = await known.in_transaction(session, object)
    return kept[object]
