"""Every change of an aggregate leaves one entry in the transaction of the change.

Sessions note what each flush writes, drop what a savepoint takes back, and write it all by one statement
right before the commit. What bypasses the session's flush (Core statements on an aggregate's table) is
recorded by `created` or `changed`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from itertools import groupby
from typing import Any, Literal, NamedTuple
from uuid import UUID

import orjson
from opentelemetry import trace
from sqlalchemy import DateTime, Integer, Text, bindparam, event, inspect, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from chassis import access
from chassis.audit.context import Origin, address, origin
from chassis.audit.shapes import Fields, Pair, Shape, shape, spread

Action = Literal["created", "updated", "deleted", "read", "exported"]
Key = tuple[str, UUID | None]

_NOTES = "audit"

_OF_ALL: dict[str, Any] = {
    "actor_id": PgUUID(as_uuid=True),
    "actor_kind": Text(),
    "actor_name": Text(),
    "on_behalf_of": PgUUID(as_uuid=True),
    "channel": Text(),
    "operation": Text(),
    "reason": Text(),
    "cause": Text(),
    "trace_id": Text(),
    "address": Text(),
}
_OF_EACH: dict[str, Any] = {
    "object": Text(),
    "record_id": PgUUID(as_uuid=True),
    "record_version": Integer(),
    "action": Text(),
    "at": DateTime(timezone=True),
    "fields": Text(),
    "changes": Text(),
    "detail": Text(),
}
_CASTS = {
    "fields": "string_to_array(fields, E'\\t')",
    "changes": "changes::jsonb",
    "detail": "detail::jsonb",
}
_VALUES = (*(_CASTS.get(name, name) for name in _OF_EACH), *(f":{name}" for name in _OF_ALL))
# Arrays, so that any number of one author's entries is one statement with one plan.
INSERT = text(
    f"INSERT INTO audit_entry (id, {', '.join((*_OF_EACH, *_OF_ALL))})"
    f" SELECT uuidv7(), {', '.join(_VALUES)}"
    f" FROM unnest({', '.join(f':{name}' for name in _OF_EACH)}) AS entry ({', '.join(_OF_EACH)})"
).bindparams(
    *(bindparam(name, type_=ARRAY(kind)) for name, kind in _OF_EACH.items()),
    *(bindparam(name, type_=kind) for name, kind in _OF_ALL.items()),
)


class Author(NamedTuple):
    """Who changes something, whence and in which trace."""

    id: UUID | None
    kind: str
    name: str
    on_behalf_of: UUID | None
    origin: Origin
    trace_id: str | None
    address: str | None

    @classmethod
    def present(cls) -> "Author":
        """Return the author of what is done now; an event is handled by the service, on somebody's behalf."""
        who, whence = access.current(), origin()
        span = trace.get_current_span().get_span_context()
        traced = f"{span.trace_id:032x}" if span.is_valid else None
        handled = whence.channel == "event"
        actor, behalf = (None, who.id) if handled else (who.id, None)
        return cls(actor, who.kind, who.name, behalf, whence, traced, address())


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
        return Entry(action, later.version or self.version, fields, later.author, later.at, later.detail)


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
        found, values = shape(inspect(type(row))), vars(row)
        assert found, f"{type(row).__name__} is no aggregate"
        entry = Entry("created", values["version"], found.born(values), author, at)
        notes.add((found.object, values["id"]), entry)


def changed(
    session: AsyncSession,
    object: str,
    id: UUID,
    version: int | None,
    action: Action,
    fields: Mapping[str, Pair],
) -> None:
    """Record one change that a Core statement made; `fields` maps a column to (before, after)."""
    entry = Entry(action, version, spread(fields.items()), Author.present(), datetime.now(UTC))
    _notes(session.sync_session).add((object, id), entry)


def exported(session: AsyncSession, object: str, detail: Mapping[str, Any]) -> None:
    """Record that somebody takes rows of an object away: how, and which."""
    entry = Entry("exported", None, {}, Author.present(), datetime.now(UTC), detail)
    _notes(session.sync_session).add((object, None), entry)


def read(session: AsyncSession, object: str, ids: Iterable[UUID], fields: Sequence[str]) -> None:
    """Record that somebody reads these sensitive fields of records."""
    detail = {"fields": fields, "records": list(map(str, ids))}
    entry = Entry("read", None, {}, Author.present(), datetime.now(UTC), detail)
    _notes(session.sync_session).add((object, None), entry)


def waits_for_flush(session: AsyncSession) -> bool:
    """Tell whether a flush now would record something, on behalf of whoever acts now."""
    return any(shape(inspect(type(row))) for rows in (session.new, session.dirty) for row in rows)


@event.listens_for(RecordingSession, "after_flush")
def _note_flush(session: Session, _: object) -> None:
    notes, author, at = _notes(session), Author.present(), datetime.now(UTC)

    def note(action: Action, found: Shape, values: Mapping[str, Any], fields: Fields) -> None:
        of_part = found.part is not None  # then it is a change of the aggregate
        version = None if of_part else values["version"]
        entry = Entry("updated" if of_part else action, version, fields, author, at)
        notes.add((found.object, values[found.id]), entry)

    for row in session.new:
        if found := shape(inspect(type(row))):
            note("created", found, vars(row), found.born(vars(row)))
    for row in session.dirty:
        if (found := shape(inspect(type(row)))) and (touched := found.touched(inspect(row))) is not None:
            note("updated", found, vars(row), touched)
    for row in session.deleted:
        if found := shape(inspect(type(row))):
            note("deleted", found, vars(row), found.gone(vars(row)))


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


def noted(session: Session) -> Iterable[tuple[Key, Entry]]:
    """Return what the present transaction changed, as far as it was flushed."""
    return _notes(session).layers[0].items()


def write(session: Session) -> None:
    """Write what was noted so far."""
    notes = _notes(session)
    if notes.layers[0]:
        entries, notes.layers[0] = notes.layers[0], {}
        session.execute(INSERT, rows_of(entries.items()))


def rows_of(entries: Iterable[tuple[Key, Entry]]) -> list[dict[str, Any]]:
    """Return the entries as what INSERT takes, once for each author."""
    return [
        _of_all(author) | _of_each(list(theirs))
        for author, theirs in groupby(entries, lambda noted: noted[1].author)
    ]


def _of_all(who: Author) -> dict[str, Any]:
    whence = who.origin
    return {
        "actor_id": who.id,
        "actor_kind": who.kind,
        "actor_name": who.name,
        "on_behalf_of": who.on_behalf_of,
        "channel": whence.channel,
        "operation": whence.operation,
        "reason": whence.reason,
        "cause": whence.cause,
        "trace_id": who.trace_id,
        "address": who.address,
    }


def _of_each(noted: Sequence[tuple[Key, Entry]]) -> dict[str, list[Any]]:
    return dict(zip(_OF_EACH, map(list, zip(*map(_row, noted), strict=True)), strict=True))


def _row(noted: tuple[Key, Entry]) -> tuple[Any, ...]:
    (object, id), entry = noted
    return (
        object,
        id,
        entry.version,
        entry.action,
        entry.at,
        "\t".join({*entry.fields, *(name.partition(".")[0] for name in entry.fields if "." in name)}),
        _json(entry.fields),
        _json(entry.detail) if entry.detail is not None else None,
    )


def _notes(session: Session) -> _Notes:
    notes = session.info.get(_NOTES)
    if notes is None:
        notes = session.info[_NOTES] = _Notes()
    return notes


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
