"""Events of custom values: whatever changes them, the transaction tells what the record holds now."""

from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any, cast
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy import Table, event, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from chassis.audit.context import caused_by
from chassis.audit.recording import Entry, RecordingSession, noted
from chassis.fields.comparing import PREFIX
from chassis.messaging.outbox import emit

BATCH = 1_000
_TOLD: dict[str, tuple[Table, type[Message]]] = {}  # by the object's table


def tell(table: Table, by: type[Message]) -> None:
    """Let changes of custom values in a table be told by this event.

    It has the fields record_id, version, occurred_at, object, custom (a Struct) and changed (the keys).
    """
    _TOLD[table.name] = (table, by)


@event.listens_for(RecordingSession, "before_commit", insert=True)  # before the audit writes its notes
def _tell(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    changes: dict[str, dict[UUID, Entry]] = {}
    for (object, id), entry in noted(session):
        if object in _TOLD and id and entry.action != "deleted" and any(_changed(entry)):
            changes.setdefault(object, {})[id] = entry
    for object, entries in changes.items():
        table, _ = _TOLD[object]
        held = select(table.c.id, table.c.version, table.c.custom)
        ids = list(entries)
        for start in range(0, len(ids), BATCH):
            for row in session.execute(held.where(table.c.id.in_(ids[start : start + BATCH]))):
                with caused_by(entries[row.id].author.origin.cause):
                    _emit(session, object, row, entries[row.id])


def _changed(entry: Entry) -> Iterable[str]:
    return (name.removeprefix(PREFIX) for name in entry.fields if name.startswith(PREFIX))


def _emit(session: Session, object: str, row: Any, entry: Entry) -> None:
    values: Mapping[str, Any] = row.custom
    told: Any = _TOLD[object][1](record_id=str(row.id), version=row.version, object=object)
    told.occurred_at.FromDatetime(entry.at.astimezone(UTC))
    told.custom.update(values)
    told.changed.extend(sorted(_changed(entry)))
    emit(cast(AsyncSession, session), told, subject=row.id)
