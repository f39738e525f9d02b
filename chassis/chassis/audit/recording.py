"""Every change of an aggregate leaves one entry in the transaction of the change.

Sessions note what each flush writes, drop what a savepoint takes back, and write it all by one statement
right before the commit. What bypasses the session's flush (Core statements on an aggregate's table) is
recorded by `created` or `changed`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Literal, NamedTuple
from uuid import UUID

import orjson
import uuid_utils.compat
from opentelemetry import trace
from sqlalchemy import DateTime, Integer, Text, bindparam, event, inspect, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstanceState, Mapper, Session, SessionTransaction
from sqlalchemy.orm.base import NO_VALUE

from chassis import access
from chassis.audit.context import Origin, origin

Action = Literal["created", "updated", "deleted", "read", "exported"]
Key = tuple[str, UUID | None]
Fields = dict[str, tuple[Any, Any]]

_BOOKKEEPING = {"id", "version", "created_at", "created_by", "updated_at", "updated_by"}
_NOTES = "audit"

_COLUMNS: dict[str, Any] = {
    "id": PgUUID(as_uuid=True),
    "object": Text(),
    "record_id": PgUUID(as_uuid=True),
    "record_version": Integer(),
    "action": Text(),
    "at": DateTime(timezone=True),
    "actor_id": PgUUID(as_uuid=True),
    "actor_kind": Text(),
    "actor_name": Text(),
    "on_behalf_of": PgUUID(as_uuid=True),
    "channel": Text(),
    "operation": Text(),
    "reason": Text(),
    "cause": Text(),
    "trace_id": Text(),
    "fields": Text(),
    "changes": Text(),
    "detail": Text(),
}
_CASTS = {
    "fields": "string_to_array(fields, E'\\t')",
    "changes": "changes::jsonb",
    "detail": "detail::jsonb",
}
# Arrays, so that any number of entries is one statement with one plan.
_INSERT = text(
    f"INSERT INTO audit_entry ({', '.join(_COLUMNS)})"
    f" SELECT {', '.join(_CASTS.get(name, name) for name in _COLUMNS)}"
    f" FROM unnest({', '.join(f':{name}' for name in _COLUMNS)}) AS entry ({', '.join(_COLUMNS)})"
).bindparams(*(bindparam(name, type_=ARRAY(kind)) for name, kind in _COLUMNS.items()))


class Author(NamedTuple):
    """Who changes something, whence and in which trace."""

    id: UUID | None
    kind: str
    name: str
    on_behalf_of: UUID | None
    origin: Origin
    trace_id: str | None

    @classmethod
    def present(cls) -> "Author":
        """Return the author of what is done now; an event is handled by the service, on somebody's behalf."""
        who, whence = access.current(), origin()
        span = trace.get_current_span().get_span_context()
        traced = f"{span.trace_id:032x}" if span.is_valid else None
        handled = whence.channel == "event"
        return cls(
            None if handled else who.id, who.kind, who.name, who.id if handled else None, whence, traced
        )


@dataclass(slots=True)
class Entry:
    """What happened to one record, as far as the transaction came."""

    action: Action
    version: int | None
    fields: Fields
    author: Author
    at: datetime
    detail: Mapping[str, Any] | None = None

    def followed_by(self, later: "Entry") -> "Entry | None":
        """Return both as one; None when nothing of them stays."""
        if later.action == "deleted" and self.action == "created":
            return None
        merged = dict(self.fields)
        for name, (before, after) in later.fields.items():
            merged[name] = (merged[name][0] if name in merged else before, after)
        action = self.action if later.action == "updated" else later.action
        fields = {name: pair for name, pair in merged.items() if pair[0] != pair[1]}
        return Entry(action, later.version, fields, later.author, later.at)


class _Shape(NamedTuple):
    """What is recorded of an aggregate's class."""

    object: str
    columns: tuple[str, ...]
    recorded: frozenset[str]


class RecordingSession(Session):
    """A session whose changes of aggregates are recorded."""


class _Notes:
    """What the present transaction changed, a layer for it and one for each open savepoint."""

    def __init__(self) -> None:
        self.layers: list[dict[Key, Entry]] = [{}]

    def add(self, key: Key, entry: Entry, layer: int = -1) -> None:
        notes = self.layers[layer]
        known = notes.get(key)
        merged = known.followed_by(entry) if known else entry
        if merged is None:
            del notes[key]
        else:
            notes[key] = merged

    def keep_layer(self) -> None:
        """Let the innermost savepoint's notes be the enclosing transaction's."""
        for key, entry in self.layers[-1].items():
            self.add(key, entry, layer=-2)
        self.layers[-1] = {}


def created(session: AsyncSession, rows: Iterable[object]) -> None:
    """Record aggregates that a Core statement inserted: objects that hold what was written."""
    notes, author, at = _notes(session.sync_session), Author.present(), datetime.now(UTC)
    for row in rows:
        shape = _shape(inspect(type(row)))
        assert shape, f"{type(row).__name__} is no aggregate"
        _note_created(notes, shape, vars(row), author, at)


def changed(
    session: AsyncSession, object: str, id: UUID, version: int, action: Action, fields: Mapping[str, Any]
) -> None:
    """Record one change that a Core statement made; `fields` maps a column to (before, after)."""
    entry = Entry(action, version, _spread(fields.items()), Author.present(), datetime.now(UTC))
    _notes(session.sync_session).add((object, id), entry)


def waits_for_flush(session: AsyncSession) -> bool:
    """Tell whether a flush now would record something, on behalf of whoever acts now."""
    return any(_shape(inspect(type(row))) for rows in (session.new, session.dirty) for row in rows)


@event.listens_for(RecordingSession, "after_flush")
def _note_flush(session: Session, _: object) -> None:
    notes, author, at = _notes(session), Author.present(), datetime.now(UTC)
    for row in session.new:
        if shape := _shape(inspect(type(row))):
            _note_created(notes, shape, vars(row), author, at)
    for row in session.dirty:
        if (shape := _shape(inspect(type(row)))) and (touched := _touched(inspect(row), shape)) is not None:
            values = vars(row)
            notes.add((shape.object, values["id"]), Entry("updated", values["version"], touched, author, at))
    for row in session.deleted:
        if shape := _shape(inspect(type(row))):
            values = vars(row)
            gone = _spread((name, (values.get(name), None)) for name in shape.recorded)
            notes.add((shape.object, values["id"]), Entry("deleted", values["version"], gone, author, at))


@event.listens_for(RecordingSession, "after_transaction_create")
def _open_layer(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        _notes(session).layers.append({})


@event.listens_for(RecordingSession, "after_commit")
def _keep_layer(session: Session) -> None:
    if session.in_nested_transaction():
        _notes(session).keep_layer()


@event.listens_for(RecordingSession, "after_transaction_end")
def _close_layer(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        _notes(session).layers.pop()
    elif transaction.parent is None:
        session.info.pop(_NOTES, None)


@event.listens_for(RecordingSession, "before_commit")
def _before_commit(session: Session) -> None:
    if not session.in_nested_transaction():
        session.flush()  # what is flushed by the commit itself would come too late
        write(session)


def write(session: Session) -> None:
    """Write what was noted so far."""
    notes = _notes(session)
    if notes.layers[0]:
        entries, notes.layers[0] = notes.layers[0], {}
        session.execute(_INSERT, rows_of(entries.items()))


def rows_of(entries: Iterable[tuple[Key, Entry]]) -> dict[str, list[Any]]:
    """Return the entries as the arrays that INSERT takes."""
    rows = [_row(object, id, entry) for (object, id), entry in entries]
    return dict(zip(_COLUMNS, map(list, zip(*rows, strict=True)), strict=True))


def _row(object: str, id: UUID | None, entry: Entry) -> tuple[Any, ...]:
    who, whence = entry.author, entry.author.origin
    return (
        uuid_utils.compat.uuid7(),
        object,
        id,
        entry.version,
        entry.action,
        entry.at,
        who.id,
        who.kind,
        who.name,
        who.on_behalf_of,
        whence.channel,
        whence.operation,
        whence.reason,
        whence.cause,
        who.trace_id,
        "\t".join(entry.fields),
        _json(entry.fields),
        _json(entry.detail) if entry.detail is not None else None,
    )


def _notes(session: Session) -> _Notes:
    notes = session.info.get(_NOTES)
    if notes is None:
        notes = session.info[_NOTES] = _Notes()
    return notes


@cache
def _shape(mapper: Mapper[Any]) -> _Shape | None:
    """Return what to record of a class; None for what is no aggregate."""
    if mapper.version_id_col is None:
        return None
    columns = tuple(attribute.key for attribute in mapper.column_attrs if attribute.key not in _BOOKKEEPING)
    recorded = (name for name in columns if not mapper.columns[name].info.get("secret"))
    return _Shape(mapper.local_table.name, columns, frozenset(recorded))  # type: ignore[attr-defined]


def _note_created(
    notes: _Notes, shape: _Shape, values: Mapping[str, Any], author: Author, at: datetime
) -> None:
    given = (
        (name, (None, values[name])) for name in shape.recorded if values.get(name) not in (None, [], {})
    )
    notes.add((shape.object, values["id"]), Entry("created", values["version"], _spread(given), author, at))


def _touched(state: InstanceState[Any], shape: _Shape) -> Fields | None:
    """Return what changes of a row; None when nothing does."""
    values, before = state.dict, state.committed_state
    touched = [name for name in shape.columns if name in before and before[name] != values.get(name)]
    if not touched:
        return None
    return _spread(
        (name, (None if before[name] is NO_VALUE else before[name], values.get(name)))
        for name in touched
        if name in shape.recorded
    )


def _spread(pairs: Iterable[tuple[str, tuple[Any, Any]]]) -> Fields:
    """Return the pairs with mappings taken apart, so that `custom` tells which of its keys changed."""
    fields: Fields = {}
    for name, (before, after) in pairs:
        if isinstance(before, dict) or isinstance(after, dict):
            old, new = before or {}, after or {}
            for key in sorted({*old, *new}):
                if old.get(key) != new.get(key):
                    fields[f"{name}.{key}"] = (old.get(key), new.get(key))
        else:
            fields[name] = (before, after)
    return fields


def _json(value: object) -> str:
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
