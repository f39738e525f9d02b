"""One field of many records that are there: filled, or cleaned by its rules; an import of what changes.

The records that change become a file of ids and values, which the worker brings in like any other: with a dry
run, progress, rows that are refused, events and audit, and the way back.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

import orjson
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.access import masks
from chassis.access.rights import Effective
from chassis.conditions.tree import Group
from chassis.database import Database, now
from chassis.errors import DomainError, LimitExceeded
from chassis.fields.comparing import PREFIX
from chassis.importing import jobs, mapping
from chassis.importing.cleaner import Cleaner, Report
from chassis.importing.custom import present
from chassis.importing.files import CHUNK
from chassis.importing.importable import BY_ID, Importable
from chassis.importing.mapping import Column, RuleUse
from chassis.importing.models import UPDATE, ImportChunk, ImportFile, ImportJob
from chassis.importing.reading import Cell, Row
from chassis.listing import Listing, Page, Query

MOST_ROWS = 100_000


@dataclass(frozen=True)
class Fix:
    """What becomes of a field: each record gets `value`, or else what it has is cleaned by the rules."""

    field: str
    value: str | None = None
    rules: tuple[RuleUse, ...] | None = None
    only_empty: bool = False

    @property
    def columns(self) -> list[Column]:
        """Return the mapping of the file."""
        return [Column(BY_ID.name, BY_ID.name), Column(self.field, self.field, rules=self.rules)]


@dataclass(frozen=True, slots=True)
class _Batch(Page):
    @property
    def size(self) -> int:
        return CHUNK


async def start(
    session: AsyncSession,
    database: Database,
    importable: Importable,
    listing: Listing,
    fix: Fix,
    *,
    condition: Group | None,
    dry_run: bool,
) -> ImportJob:
    """Have a field of the chosen records fixed as whoever asks now.

    Raises Invalid for an unknown field or rule, Forbidden for a field that is kept from the caller, and
    LimitExceeded when more than 100 000 records would change.
    """
    allowed = access.current().require(listing.noun, "read")
    importable = await present(session, importable)
    column = importable.field(fix.field).name.partition(".")[0]
    masks.refuse(listing.noun, [column], masks.columns(allowed.hidden, listing.parts), "filter")
    mapping.check(importable, fix.columns, [BY_ID.name, fix.field])
    file = ImportFile(
        name=f"{fix.field}.csv",
        format="csv",
        encoding="utf-8",
        delimiter=",",
        headers=[BY_ID.name, fix.field],
        rows=0,
        created_by=access.actor_id(),
        created_at=now(),
    )
    session.add(file)
    await session.flush()
    cleaner = Cleaner(importable, fix.columns, file.headers)
    changing = [row async for row in _changing(database, listing, condition, allowed, fix, cleaner)]
    file.rows = len(changing)
    for position, first in enumerate(range(0, len(changing), CHUNK)):
        rows = orjson.dumps(changing[first : first + CHUNK])
        kept = {"file_id": file.id, "position": position, "rows": rows}
        await session.execute(insert(ImportChunk).values(kept))
    return await jobs.queue(session, importable, file, fix.columns, duplicates=UPDATE, dry_run=dry_run)


async def _changing(
    database: Database,
    listing: Listing,
    condition: Group | None,
    allowed: Effective,
    fix: Fix,
    cleaner: Cleaner,
) -> AsyncIterator[Row]:
    """Yield id and text of the records that are not yet as they should be."""
    cursor, count = None, 0
    while True:
        page = _Batch(after=cursor, condition=condition)
        slice = await Query(listing, page, allowed=allowed).slice(database)
        for row in _rows(slice.rows, fix, cleaner):
            count += 1
            if count > MOST_ROWS:
                raise LimitExceeded(f"More than {MOST_ROWS} records would change; choose fewer")
            yield row
        if not slice.more_after:
            return
        cursor = slice.cursor(slice.rows[-1])


def _rows(records: Sequence[Any], fix: Fix, cleaner: Cleaner) -> list[Row]:
    texts = [(str(record.id), _text(_value(record, fix.field))) for record in records]
    if fix.value is not None:
        value: Cell = fix.value
        return [[id, value] for id, text in texts if text != value and not (fix.only_empty and text)]
    filled: list[tuple[Row, str]] = [([id, text], text) for id, text in texts if text]
    cleaned = cleaner.clean([row for row, _ in filled], Report())
    return [
        row
        for (row, text), made in zip(filled, cleaned, strict=True)
        if isinstance(made, DomainError) or _text(made.get(fix.field)) != text
    ]


def _value(record: Any, field: str) -> Any:
    if field.startswith(PREFIX):
        return record.custom.get(field.removeprefix(PREFIX))
    return getattr(record, field)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, list):
        return "、".join(map(str, value))
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
