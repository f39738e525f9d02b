"""Lists: which rows, in which order, cut into pages by a cursor; one statement a page."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import (
    ColumnElement,
    Label,
    Row,
    Select,
    Table,
    and_,
    any_,
    column,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from chassis.access import masks, scope
from chassis.access.rights import Effective
from chassis.access.scoped import Scoped, parameters
from chassis.conditions.fields import Fields
from chassis.conditions.tree import Group
from chassis.database import Database
from chassis.errors import Invalid, LimitExceeded
from chassis.reads.turns import Read, total_each

DEFAULT_PAGE = 20
LARGEST_PAGE = 100
KEPT_STATEMENTS = 200

Order = tuple[str, str]  # name of a field, "asc" or "desc"


@dataclass(frozen=True, slots=True)
class Listing(Scoped):
    """What a noun's rows may be filtered and sorted by.

    `noun` is what grants name. `fields` maps the names used by filters to columns; sorting uses
    those named in `sorts`; `also` may be compared too: fields of related records. The table has a
    column `id`.

    Whose the rows are must be said: `owner` is the column with the owner (`owner_id`, if there is one);
    `through` names columns with the ids of other listings' rows, whose owners own these rows too; `open`
    is for rows of nobody, like those of a catalogue. Raises TypeError when nothing of it is said.
    `parts` names the columns that a field of the graph shows, where its own name does not tell.
    """

    noun: str
    table: Table
    fields: Mapping[str, ColumnElement[Any]]
    sorts: Sequence[str] = ()
    default: tuple[Order, ...] = (("created_at", "desc"),)
    also: Fields = field(default_factory=dict)
    owner: str | None = None
    through: tuple[tuple[str, "Listing"], ...] = ()
    open: bool = False
    parts: masks.Parts = ()
    sensitive: tuple[str, ...] = ()  # fields of which every reading by a person is recorded
    built: dict[Any, Select[Any]] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of which selection; equal pages are loaded once."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    condition: Group | None = None
    order: tuple[Order, ...] = ()
    search: str | None = None

    def __post_init__(self) -> None:
        if self.first is not None and self.last is not None:
            raise Invalid("Ask for the first or for the last rows, not for both", path=("first",))
        if (self.first is not None and self.before) or (self.last is not None and self.after):
            raise Invalid("first goes with after, last goes with before", path=("before",))
        for name, size in (("first", self.first), ("last", self.last)):
            if size is not None and size < 0:
                raise Invalid(f"{name} must not be negative", path=(name,))
            if size is not None and size > LARGEST_PAGE:
                raise LimitExceeded(
                    f"{name} is at most {LARGEST_PAGE}; page on with the cursor", path=(name,)
                )

    @property
    def size(self) -> int:
        """Return how many rows the page may hold."""
        return next((size for size in (self.first, self.last) if size is not None), DEFAULT_PAGE)

    @property
    def backwards(self) -> bool:
        """Tell whether the page is counted from the end."""
        return self.last is not None or self.before is not None

    @property
    def cursor(self) -> str | None:
        """Return where the page begins (or ends, when backwards)."""
        return self.before if self.backwards else self.after


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of a page, and where it stands in its list."""

    rows: Sequence[Row[Any]]
    cursor: Callable[[Row[Any]], str]  # of one of these rows; few pages are asked for any
    more_before: bool
    more_after: bool


class Query:
    """A listing's rows under one page's condition and order, for one or many parents."""

    def __init__(
        self,
        listing: Listing,
        page: Page,
        parent: ColumnElement[Any] | None = None,
        *,
        allowed: Effective,
    ) -> None:
        self._listing = listing
        self._page = page
        self._parent = parent
        self._reach = allowed.reach
        self._condition = listing.chosen(page.condition, allowed, page.search)
        hidden = masks.columns(allowed.hidden, listing.parts) if allowed.hidden else ()
        self._sorted = listing.sorted_by([name for name, _ in page.order]) or listing.fields
        masks.refuse(listing.noun, (name for name, _ in page.order), hidden, "sort")
        # rows in the order of a hidden field would tell of it
        self._order = page.order or tuple(each for each in listing.default if each[0] not in hidden)
        self._added = [by for by, _ in self._columns() if isinstance(by, Label)]

    async def slice(self, database: Database) -> Slice:
        """Return the page of all rows."""
        return self._cut(await database.read(self._once(self._rows), parameters(self._reach)))

    def slicing(self, parents: Sequence[UUID]) -> Read[Slice]:
        """Return what reads one slice per parent."""
        given = {"parents": parents, **parameters(self._reach)}
        return Read(self._once(self._rows_by_parent), given, lambda rows: self._group(rows, parents))

    async def count(self, database: Database) -> int:
        """Return how many rows there are in all."""
        found = await database.read(self._once(self._count), parameters(self._reach))
        return cast(int, found[0].total)

    def counting(self, parents: Sequence[UUID]) -> Read[int]:
        """Return what reads how many rows there are per parent."""
        given = {"parents": parents, **parameters(self._reach)}
        return Read(self._once(self._count_by_parent), given, total_each(parents))

    def _once(self, build: Callable[[], Select[Any]]) -> Select[Any]:
        """Keep the statements of first pages without a condition: building one costs more than running it."""
        lasting = self._reach is None or self._reach.lasting
        chosen = self._page.cursor or self._page.condition or self._page.search
        if chosen is not None or not lasting or self._added:
            return build()
        key = (build.__name__, str(self._parent), self._page, self._reach and self._reach.shape)
        kept = self._listing.built
        if key not in kept:
            if len(kept) >= KEPT_STATEMENTS:
                kept.clear()
            kept[key] = build()
        return kept[key]

    def _conditions(self) -> list[ColumnElement[bool]]:
        chosen = [] if self._condition is None else [self._condition]
        return [*chosen, scope.where(self._listing, self._reach.shape)] if self._reach else chosen

    def _rows(self) -> Select[Any]:
        # cursors need the custom fields that the rows are sorted by
        chosen = select(self._listing.table, *self._added).where(*self._conditions(), self._beyond_cursor())
        return chosen.order_by(*self._ordering()).limit(literal_column(str(self._page.size + 1)))

    def _rows_by_parent(self) -> Select[Any]:
        assert self._parent is not None
        unnested = func.unnest(scope.ids("parents")).table_valued(
            column("id", PgUUID(as_uuid=True)), name="parent"
        )
        parents = unnested.render_derived()
        rows = self._rows().where(self._parent == parents.c.id).lateral("page")
        return select(rows, parents.c.id.label("parent_")).select_from(parents.join(rows, true()))

    def _count(self) -> Select[Any]:
        counted = select(func.count().label("total")).select_from(self._listing.table)
        return counted.where(*self._conditions())

    def _count_by_parent(self) -> Select[Any]:
        assert self._parent is not None
        grouped = self._count().add_columns(self._parent.label("parent_"))
        return grouped.where(self._parent == any_(scope.ids("parents"))).group_by(self._parent)

    def _columns(self) -> list[tuple[ColumnElement[Any], bool]]:
        ascending = [(self._sorted[name], direction == "asc") for name, direction in self._order]
        return [*ascending, (self._listing.table.c.id, not self._order or self._order[-1][1] == "asc")]

    def _ordering(self) -> list[ColumnElement[Any]]:
        ordering: list[ColumnElement[Any]] = []
        for sorted_by, ascending in self._columns():
            forwards = ascending is not self._page.backwards
            ordered = sorted_by.asc() if forwards else sorted_by.desc()
            if _nullable(sorted_by):  # rows without a value come last, also when that is the beginning
                ordered = ordered.nulls_first() if self._page.backwards else ordered.nulls_last()
            ordering.append(ordered)
        return ordering

    def _beyond_cursor(self) -> ColumnElement[bool]:
        if self._page.cursor is None:
            return true()
        values = self._decode(self._page.cursor)
        choices: list[ColumnElement[bool]] = []
        equal: list[ColumnElement[bool]] = []
        for (key, ascending), value in zip(self._columns(), values, strict=True):
            choices.append(and_(*equal, self._further(key, ascending, value)))
            equal.append(key.is_(None) if value is None else key == value)
        return or_(*choices)

    def _further(self, column: ColumnElement[Any], ascending: bool, value: Any) -> ColumnElement[bool]:
        if value is None:
            return column.is_not(None) if self._page.backwards else false()
        beyond = column > value if ascending is not self._page.backwards else column < value
        return or_(beyond, column.is_(None)) if _nullable(column) and not self._page.backwards else beyond

    def _cut(self, rows: Sequence[Row[Any]]) -> Slice:
        more = len(rows) > self._page.size
        kept = list(rows[: self._page.size])[:: -1 if self._page.backwards else 1]
        reached = self._page.cursor is not None
        before, after = (more, reached) if self._page.backwards else (reached, more)
        return Slice(kept, self._encode, more_before=before, more_after=after)

    def _group(self, rows: Sequence[Row[Any]], parents: Sequence[UUID]) -> list[Slice]:
        grouped: dict[UUID, list[Row[Any]]] = {parent: [] for parent in parents}
        for row in rows:
            grouped[row.parent_].append(row)
        return [self._cut(grouped[parent]) for parent in parents]

    def _signature(self) -> str:
        return ",".join(f"{name}:{direction}" for name, direction in self._order)

    def _encode(self, row: Row[Any]) -> str:
        values = [row._mapping[str(column.key)] for column, _ in self._columns()]
        written = orjson.dumps([self._signature(), *values], default=str)
        return base64.urlsafe_b64encode(written).decode().rstrip("=")

    def _decode(self, cursor: str) -> list[Any]:
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            signature, *values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            columns = self._columns()
            if signature != self._signature() or len(values) != len(columns):
                raise Invalid("This cursor belongs to a list in another order; start again without it")
            return [_typed(column, value) for (column, _), value in zip(columns, values, strict=True)]
        except (binascii.Error, orjson.JSONDecodeError, ValueError, TypeError, ArithmeticError):
            name = "before" if self._page.backwards else "after"
            raise Invalid(
                "This is no cursor of ours; use one from an edge or pageInfo", path=(name,)
            ) from None


def _nullable(column: ColumnElement[Any]) -> bool:
    return bool(getattr(column, "nullable", True))


def _typed(column: ColumnElement[Any], value: Any) -> Any:
    if value is None:
        return None
    kind = column.type.python_type
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    if kind in (UUID, Decimal) or issubclass(kind, Enum):
        return kind(value)
    if not isinstance(value, kind):
        raise TypeError(value)
    return value
