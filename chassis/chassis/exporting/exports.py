"""What may be exported, the link to fetch it by, and the rows in batches."""

import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.access import masks
from chassis.access.rights import Effective
from chassis.audit import recording
from chassis.audit.context import arising_from
from chassis.conditions.tree import Group, parse, to_json
from chassis.database import Database
from chassis.edges import principals
from chassis.errors import NotFound
from chassis.exporting.models import ExportLink
from chassis.fields import lists, rollups
from chassis.fields.comparing import COLUMN, PREFIX
from chassis.fields.definition import Definition
from chassis.fields.types import TYPES
from chassis.listing import Listing, Order, Page, Query

BATCH = 1_000
FETCHABLE = timedelta(minutes=15)  # to begin with; what has begun goes on to its end
Cell = Callable[[Row[Any]], Any]
Totals = Mapping[UUID, Row[Any]]
INTERNAL = frozenset(("name_key", "name_sort", COLUMN))  # what only makes lists and comparisons quick


@dataclass(frozen=True)
class Exportable:
    """A list that can be written out whole: all fields of its rows but secrets, the company's own too."""

    listing: Listing

    @property
    def columns(self) -> list[str]:
        """Return the columns, as in the table, and `custom.<key>` for those added that the caller sees."""
        fields = self.listing.fields.items()
        own = [name for name, column in fields if name not in INTERNAL and _is_told(column)]
        return own + [PREFIX + key for key in lists.fields(self.listing.table)]


def _is_told(column: ColumnElement[Any]) -> bool:
    """Say whether readers of the row may have it outside; some secrets are only kept out of sight here."""
    return not column.info.get("secret") or bool(column.info.get("exported"))


@dataclass(frozen=True, slots=True)
class _Batch(Page):
    @property
    def size(self) -> int:
        return BATCH


async def make_link(
    session: AsyncSession,
    exportable: Exportable,
    *,
    format: str,
    columns: Sequence[str] | None,
    condition: Group | None,
    order: tuple[Order, ...],
    search: str | None,
    at: datetime,
) -> tuple[str, datetime]:
    """Return the secret under which the caller's rows can be fetched, and until when.

    Raises Invalid for an order that the list does not have, and for a search without words.
    """
    page = _Batch(condition=condition, order=order, search=search)
    Query(exportable.listing, page, allowed=_allowed(exportable.listing.noun))
    secret, expires_at = secrets.token_urlsafe(32), at + FETCHABLE
    session.add(
        ExportLink(
            secret=_digest(secret),
            object=exportable.listing.noun,
            table=exportable.listing.table.name,
            format=format,
            columns=list(columns or exportable.columns),
            condition=to_json(condition) if condition else None,
            order=[list(each) for each in order],
            search=search,
            principal=principals.written(access.current()),
            created_by=access.actor_id(),
            created_at=at,
            expires_at=expires_at,
        )
    )
    await session.flush()
    return secret, expires_at


async def follow(session: AsyncSession, secret: str, *, at: datetime) -> ExportLink:
    """Return what a link leads to, and note that it was fetched; raise NotFound once it expired."""
    found = await session.scalar(select(ExportLink).where(ExportLink.secret == _digest(secret)))
    if found is None or found.expires_at < at:
        raise NotFound("This link leads nowhere, or not any more; ask the graph for a new one")
    found.fetched_at = at
    detail = {"format": found.format, "fields": found.columns, "condition": found.condition} | (
        {"search": found.search} if found.search else {}
    )
    maker = principals.read(found.principal, principals.as_written)
    with access.acting_as(maker), arising_from("http", "export"):
        recording.exported(session, found.table, detail)
    return found


async def rows(
    database: Database, exportable: Exportable, link: ExportLink, known: principals.Known
) -> AsyncIterator[list[Sequence[Any]]]:
    """Yield what the link's maker may read, in batches; raise Forbidden when that is nothing any more."""
    count, cursor = 0, None
    await lists.ready(database)
    listing = exportable.listing
    order = tuple((name, direction) for name, direction in link.order)
    while True:
        with access.acting_as(principals.read(link.principal, known)):
            allowed, added = _allowed(link.object), lists.fields(listing.table)
            condition = parse(link.condition, fields=listing.comparable) if link.condition else None
            page = _Batch(after=cursor, condition=condition, order=order, search=link.search)
            slice = await Query(listing, page, allowed=allowed).slice(database)
            totals = await _totals(database, listing.table, added, link.columns, slice.rows)
        if slice.rows:
            count += len(slice.rows)
            hidden = masks.columns(allowed.hidden, listing.parts)
            cells = [_cell(name, listing, hidden, added, link.format, totals) for name in link.columns]
            yield [[cell(row) for cell in cells] for row in slice.rows]
        if not slice.more_after:
            break
        cursor = slice.cursor(slice.rows[-1])
    async with database.transaction() as session:
        await session.execute(update(ExportLink).where(ExportLink.id == link.id).values(rows=count))


def _allowed(noun: str) -> Effective:
    """Only what the caller may export and may read."""
    caller = access.current()
    return caller.require(noun, "export") & caller.require(noun, "read")


async def _totals(
    database: Database,
    table: Table,
    added: Mapping[str, Definition],
    columns: Sequence[str],
    rows: Sequence[Row[Any]],
) -> Totals:
    """Return what the roll-ups of these rows are, by the rows' ids; one statement for all of them."""
    named = [known for key, known in added.items() if PREFIX + key in columns]
    asked = [known for known in named if not TYPES[known.type].stored]
    if not asked or not rows:
        return {}
    _, statement = lists.totals(table.name, asked)
    found = await database.read(statement, {"keys": [row.id for row in rows]})
    return {row.id_: row for row in found}


def _cell(
    name: str,
    listing: Listing,
    hidden: Collection[str],
    added: Mapping[str, Definition],
    format: str,
    totals: Totals,
) -> Cell:
    """Return what reads a column out of a row; nothing, where the reader may not see it or it is gone."""
    if name.startswith(PREFIX):
        known = added.get(name.removeprefix(PREFIX))
        if known is not None and not TYPES[known.type].stored:
            return _rolled_up(known, totals)
        return _nothing if known is None else _added(known, as_json=format == "jsonl")
    key = str(listing.fields[name].key)
    return _nothing if name in hidden else lambda row: row._mapping[key]


def _added(known: Definition, *, as_json: bool) -> Cell:
    def read(row: Row[Any]) -> Any:
        value = (row._mapping[COLUMN] or {}).get(known.key, known.default)
        return value if as_json or value is None else TYPES[known.type].display(value, known, "en")

    return read


def _rolled_up(known: Definition, totals: Totals) -> Cell:
    return lambda row: rollups.written(totals[row.id]._mapping[known.key]) if row.id in totals else None


def _nothing(_: Row[Any]) -> None:
    return None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
