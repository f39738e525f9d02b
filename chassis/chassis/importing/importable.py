"""What an object declares, so that files of it can be imported."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from chassis.database import Aggregate, taken
from chassis.errors import DomainError, Invalid, NotFound
from chassis.fields.definition import Definition
from chassis.graphql.route import unfit
from chassis.merging.models import Mergeable

Values: TypeAlias = dict[str, Any]  # typed, by name of the field; what a row leaves empty is not in it
Made: TypeAlias = Aggregate | DomainError
Kind = Literal["text", "integer", "decimal", "date", "datetime", "boolean", "choice", "list", "id", "custom"]
Lookup = Callable[[AsyncSession, Sequence[str]], Awaitable[Mapping[str, UUID]]]


@dataclass(frozen=True)
class Field:
    """A field that a column can be mapped to.

    `labels` are what people call it in their files, in any language; the first is shown. `rules` are the
    cleaning rules it gets unless the mapping names others. A choice needs its `choices` (a value by each
    spelling); an id may have a `lookup` that finds records by what people write instead of ids, and say what
    to do (`else_do`) when there is none. A field that the company added has its `definition`.
    """

    name: str
    labels: tuple[str, ...]
    kind: Kind = "text"
    required: bool = False
    rules: tuple[str, ...] = ()
    longest: int = 2_000
    choices: Mapping[str, Any] = field(default_factory=dict)
    lookup: Lookup | None = None
    else_do: str = ""
    definition: Definition | None = None


BY_ID = Field("id", ("id",), kind="id")  # of rows that change the records of these ids, and need nothing more

Parts = Callable[[AsyncSession, Sequence[UUID]], Awaitable[Mapping[UUID, Mapping[str, Any]]]]
Known = Callable[[AsyncSession, Sequence[Values]], Awaitable[Sequence[UUID | None]]]


@dataclass(frozen=True)
class Importable:
    """An object whose records come in by files; `noun` is what grants name, `name` what the graph says.

    `key` is equal for rows that mean the same record and None for one that nothing can be equal to; `known`
    finds the records that are there already. `create` and `update` take many rows and give one record or
    refusal each, in order: see `each` and `together`. An update by a file leaves what is empty there.
    `remove` and `restore` undo; without them undoing leaves such rows. Where the company added fields
    (`customised`), new rows have `custom`, to be given to the command; see `custom.changing` for updates.
    `group` names the field that rows of one record have in common, such as the lines of an order: they stand
    one after the other in the file, and `create` gets the first of them with all of them as `rows`.
    `parts` tells what an update changes beside the record's own row, by names that are no columns'; `restore`
    gets the earlier ones with the columns, None for what was not there. Of what other records bring about
    (`only_changes`) files make none, whatever happens to duplicates; `create` says why: see `never_made`.
    """

    noun: str
    name: str
    plural: str
    model: type[Aggregate]
    fields: Sequence[Field]
    key: Callable[[Values], Hashable]
    known: Known
    create: Callable[[AsyncSession, Sequence[Values]], Awaitable[Sequence[Made]]]
    update: Callable[[AsyncSession, Sequence[tuple[UUID, Values]]], Awaitable[Sequence[Made]]]
    remove: Callable[[AsyncSession, Any], Awaitable[None]] | None = None
    restore: Callable[[AsyncSession, Any, Values], Awaitable[None]] | None = None
    group: str | None = None
    parts: Parts | None = None
    only_changes: bool = False
    customised: bool = False

    def field(self, name: str) -> Field:
        """Return the field of this name; raise Invalid naming those there are."""
        for found in (*self.fields, BY_ID):
            if found.name == name:
                return found
        names = ", ".join(each.name for each in self.fields)
        raise Invalid(f"{self.name} has no field {name!r} to import; it has {names}")


def first_of(*names: str) -> Callable[[Values], Hashable]:
    """Return the key of rows that mean one record when the first of these fields that they have is equal."""
    return lambda row: next(((name, row[name]) for name in names if name in row), None)


def known_by(**columns: InstrumentedAttribute[Any]) -> Known:
    """Return the search for records by the first of these fields that a row has; one statement per field."""

    async def known(session: AsyncSession, rows: Sequence[Values]) -> list[UUID | None]:
        found: list[UUID | None] = [None] * len(rows)
        for name, column in columns.items():
            values = sorted({row[name] for row in rows if name in row})
            ids = await _ids(session, column, values) if values else {}
            found = [id or ids.get(row.get(name)) for id, row in zip(found, rows, strict=True)]
        return found

    return known


def looked_up_by(*columns: InstrumentedAttribute[Any]) -> Lookup:
    """Return the lookup of records by what any of these columns says; what two records share finds none."""

    async def look_up(session: AsyncSession, texts: Sequence[str]) -> dict[str, UUID]:
        found: dict[str, UUID] = {}
        for column in reversed(columns):
            found |= await _ids(session, column, texts)
        return found

    return look_up


def named_in(field: str) -> Known:
    """Return the search for records that rows name in this field, whose lookup found them already."""

    async def known(_: AsyncSession, rows: Sequence[Values]) -> list[UUID | None]:
        return [row[field] for row in rows]

    return known


def never_made(reason: str) -> Callable[[AsyncSession, Sequence[Values]], Awaitable[list[Made]]]:
    """Return what refuses rows that name no record: for records that others bring about."""

    async def refuse(_: AsyncSession, rows: Sequence[Values]) -> list[Made]:
        return [NotFound(reason) for _ in rows]

    return refuse


async def never_changed(_: AsyncSession, rows: Sequence[tuple[UUID, Values]]) -> list[Made]:
    """Refuse to change what is there: for records that each row makes anew."""
    return [Invalid("It is there already, and a file does not change it; skip duplicates") for _ in rows]


async def none_known(_: AsyncSession, rows: Sequence[Values]) -> list[None]:
    """Find nothing: for records that each row makes anew."""
    return [None] * len(rows)


async def _ids(session: AsyncSession, column: Any, values: Sequence[Any]) -> dict[Any, UUID]:
    wanted = bindparam(None, values, type_=ARRAY(column.type))
    model = column.class_
    id = func.coalesce(model.merged_into_id, model.id) if issubclass(model, Mergeable) else model.id
    rows = await session.execute(select(column, id).where(column == any_(wanted)))
    found: dict[Any, UUID] = {}
    shared: set[Any] = set()
    for value, id in rows.all():
        if found.setdefault(value, id) != id:
            shared.add(value)
    return {value: id for value, id in found.items() if value not in shared}


Row = Any  # Values to create, or an id and Values to update
Work = Callable[[AsyncSession, Row], Awaitable[Aggregate]]


def each(work: Work) -> Callable[[AsyncSession, Sequence[Row]], Awaitable[list[Made]]]:
    """Return the work on many rows that does one after the other, each in its own savepoint."""

    async def many(session: AsyncSession, rows: Sequence[Row]) -> list[Made]:
        return [await _attempt(session, work, row) for row in rows]

    return many


def together(
    work: Callable[[AsyncSession, Sequence[Row]], Awaitable[Sequence[Aggregate]]],
) -> Callable[[AsyncSession, Sequence[Row]], Awaitable[list[Made]]]:
    """Return the work that does all rows by a few statements; the halves by themselves when that fails."""

    async def many(session: AsyncSession, rows: Sequence[Row]) -> list[Made]:
        if not rows:
            return []
        done = await _attempt(session, work, rows)
        if not isinstance(done, DomainError):
            return list(done)
        if len(rows) == 1:
            return [done]
        half = len(rows) // 2
        return [*await many(session, rows[:half]), *await many(session, rows[half:])]

    return many


async def _attempt(session: AsyncSession, work: Any, given: Any) -> Any:
    try:
        async with session.begin_nested():
            done = await work(session, given)
            await session.flush()
            return done
    except DomainError as error:
        return error
    except DBAPIError as error:
        refused = _refusal(error)
        if refused is None:
            raise
        return refused


def _refusal(error: DBAPIError) -> DomainError | None:
    if isinstance(error, IntegrityError):
        return taken(error) or Invalid("It contradicts what is there: something it names does not exist")
    state = getattr(error.orig, "sqlstate", None) or ""
    return unfit(error) if state.startswith("22") else None  # the class of data exceptions
