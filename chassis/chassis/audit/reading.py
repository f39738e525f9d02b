"""Reads of what is sensitive: recorded a moment after the answer, so that nobody waits for it."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from chassis.access import Principal
from chassis.audit.context import arising_from
from chassis.audit.recording import INSERT, Author, Entry, Key, rows_of
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.listing import Listing, Slice

WAITING = 1_000  # answers; a further reader waits until an earlier answer's reads are written
LONGEST_PAUSE = 5.0

Records = Sequence[tuple[Key, Entry]]

log = logging.getLogger(__name__)

_BEGIN = text("SELECT pg_current_xact_id()")  # before numbers are drawn, as chassis.audit.sealing wants it


class Seen:
    """What one request read of sensitive records: one by one, or as pages of lists."""

    def __init__(self, principal: Principal) -> None:
        self._by_person = principal.kind == "employee"
        self._records: dict[tuple[str, UUID], frozenset[str]] = {}
        self._pages: list[tuple[str, tuple[UUID, ...], frozenset[str]]] = []

    def record(self, listing: Listing, row: Row[Any] | None, hidden: frozenset[str]) -> None:
        """Note that the row is read, without the hidden fields."""
        if row is not None and listing.sensitive and self._by_person:
            self._records[listing.table.name, row.id] = frozenset(listing.sensitive) - hidden

    def page(self, listing: Listing, cut: Slice, hidden: frozenset[str]) -> Slice:
        """Return the page of a list, which is read now without the hidden fields."""
        if cut.rows and listing.sensitive and self._by_person:
            ids = tuple(row.id for row in cut.rows)
            self._pages.append((listing.table.name, ids, frozenset(listing.sensitive) - hidden))
        return cut

    def rows(self, listing: Listing, rows: Sequence[Row[Any]], hidden: frozenset[str]) -> None:
        """Note what a statement of its own reads; one that reads a sensitive column reads the `id` too."""
        told = frozenset(listing.sensitive) & frozenset(rows[0]._fields if rows else ()) - hidden
        if told and self._by_person:
            self._pages.append((listing.table.name, tuple(row.id for row in rows), told))

    def __bool__(self) -> bool:
        return bool(self._records or self._pages)

    def entries(self, selected: frozenset[str], operation: str) -> Records:
        """Return an entry for each record and page of which a sensitive field was selected (`Type.field`)."""
        with arising_from("graphql", operation):
            author, at = Author.present(), datetime.now(UTC)
        found: list[tuple[Key, Entry]] = []

        def add(object: str, id: UUID | None, fields: frozenset[str], **more: Any) -> None:
            told = sorted(field for field in fields | {"history"} if _coordinate(object, field) in selected)
            if told:
                entry = Entry("read", None, {}, author, at, {"fields": told, **more})
                found.append(((object, id), entry))

        for (object, id), fields in self._records.items():
            add(object, id, fields)
        for object, ids, fields in self._pages:
            add(object, None, fields, records=[str(id) for id in ids])
        return found


def _coordinate(object: str, field: str) -> str:
    """Return how the graph calls a column: `Contact.phone`."""
    first, *others = field.split("_")
    return "".join(map(str.title, object.split("_"))) + "." + first + "".join(map(str.title, others))


class ReadLog:
    """Writes what was read, all that waits by one statement; tries until it succeeds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: asyncio.Queue[Records] = asyncio.Queue(WAITING)
        self._writer: asyncio.Task[None] | None = None

    async def put(self, records: Records) -> None:
        """Take what is to be written; wait when too much waits already."""
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        await self._waiting.put(records)

    async def close(self, seconds: float) -> None:
        """Write what waits; what the database does not take in time is told to the log instead."""
        try:
            await asyncio.wait_for(self._waiting.join(), seconds)
        except TimeoutError:
            while not self._waiting.empty():
                for (object, id), entry in self._waiting.get_nowait():
                    log.error("Not recorded: %s read %s %s", entry.author.id, object, id or entry.detail)
        if self._writer:
            self._writer.cancel()

    async def _write(self) -> None:
        while True:
            batches = [await self._waiting.get()]
            while not self._waiting.empty():
                batches.append(self._waiting.get_nowait())
            await self._insert([entry for batch in batches for entry in batch])
            for _ in batches:
                self._waiting.task_done()

    async def _insert(self, records: Records) -> None:
        pause = 0.1
        while True:
            try:
                async with self._database.transaction() as session:
                    await session.execute(_BEGIN)
                    await session.execute(INSERT, rows_of(records))
                return
            except Unavailable as error:
                log.warning("Reads wait to be recorded: %s", error)
            except Exception:
                log.exception("Reads wait to be recorded")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
