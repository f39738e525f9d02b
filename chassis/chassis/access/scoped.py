"""What a listing does for the rights of its readers."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Executable, Row, Select, Table, and_, any_, select
from sqlalchemy.sql import visitors

from chassis import access
from chassis.access import masks, scope
from chassis.access.rights import Effective, Reach
from chassis.conditions import sql
from chassis.conditions.fields import Fields, together
from chassis.conditions.tree import Group, rules
from chassis.errors import Invalid, NotFound
from chassis.fields import lists as custom
from chassis.searching import selecting as searching


class Reads(Protocol):
    """The database, as far as it is needed here."""

    async def read(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Return the rows of one statement."""
        ...


def parameters(reach: Reach | None) -> Mapping[str, Any]:
    """Return what a statement within this reach is run with."""
    return reach.parameters if reach else {}


class Scoped:
    """The part of listing.Listing that keeps rows and fields from those who may not see them."""

    __slots__ = ()

    noun: str
    table: Table
    fields: Mapping[str, ColumnElement[Any]]
    sorts: Sequence[str]
    also: Fields
    built: dict[Any, Select[Any]]
    owner: str | None
    through: Any
    open: bool
    parts: masks.Parts

    def __post_init__(self) -> None:
        if self.owner is None and not self.open and "owner_id" in self.table.c:
            object.__setattr__(self, "owner", "owner_id")
        if not (self.owner or self.through or self.open):
            raise TypeError(f"Whose are the rows of {self.table.name}? Say owner=, through= or open=True")
        scope.OF_TABLES.setdefault(self.table, self)

    @property
    def comparable(self) -> Fields:
        """Return all that conditions may name."""
        return together(self.fields, self.also, custom.comparable(self.table))

    def sorted_by(self, names: Sequence[str]) -> Mapping[str, ColumnElement[Any]]:
        """Return what names sort by, columns or custom fields; raise Invalid for any other."""
        found: dict[str, ColumnElement[Any]] = {}
        for name in names:
            by = self.fields[name] if name in self.sorts else custom.order(self.table, name)
            if by is None:
                raise Invalid(f"This list cannot be sorted by {name}", path=("sort",))
            found[name] = by
        return found

    def by_id(self, reach: Reach | None = None) -> Select[Any]:
        """Return the statement that reads rows by `ids`, of those within reach."""
        key = ("by id", reach and reach.shape)
        kept = self.built.get(key)
        if kept is None:
            chosen = select(self.table).where(self.table.c.id == any_(scope.ids("ids")))
            kept = self.within(chosen, reach)
            if reach is None or reach.lasting:
                self.built[key] = kept
        return kept

    def within(self, statement: Select[Any], reach: Reach | None, *, by: str = "id") -> Select[Any]:
        """Return the statement for the rows within reach, to be run with the reach's parameters.

        When it does not read this table, its column `by` holds ids of it.
        """
        if reach is None:
            return statement
        allowed = scope.where(self, reach.shape)
        if self.table in statement.get_final_froms() or any(
            self.table in joined._from_objects for joined in statement.get_final_froms()
        ):
            return statement.where(allowed)
        return statement.where(statement.selected_columns[by].in_(select(self.table.c.id).where(allowed)))

    def visible(self, aggregate: Select[Any]) -> tuple[Select[Any], Mapping[str, Any]]:
        """Return an aggregate over the rows that the caller may read, and the parameters to run it with.

        Raises Forbidden when it is of a field that is kept back.
        """
        allowed = access.current().require(self.noun, "read")
        self.refuse_hidden(allowed, aggregate)
        return self.within(aggregate, allowed.reach), parameters(allowed.reach)

    def chosen(
        self, given: Group | None, allowed: Effective, search: str | None = None
    ) -> ColumnElement[bool] | None:
        """Return a condition and the words of a search as a WHERE.

        Raises Forbidden when the condition asks for a field that is kept back; words are not looked for
        there. Records that were merged into others are never listed, and only found by their id.
        """
        merged = self.table.c.get("merged_into_id")
        clauses = [] if given is None else [self._asked(given, allowed)]
        if search is not None:
            clauses.append(searching.where(self, search, allowed))
        if merged is not None:
            clauses.append(merged.is_(None))
        return and_(*clauses) if clauses else None

    def _asked(self, given: Group, allowed: Effective) -> ColumnElement[bool]:
        for rule in rules(given):
            scope.require_related(rule.field)
        clause = sql.where(given, self.comparable, scope.environment())
        self.refuse_hidden(allowed, clause)
        return clause

    def refuse_hidden(self, allowed: Effective, clause: Any) -> None:
        """Raise Forbidden when a statement or a part of one looks at a field that is kept back."""
        if allowed.hidden:
            columns = [each for each in visitors.iterate(clause) if isinstance(each, Column)]
            used = [column.key for column in columns if column.table is self.table]
            masks.refuse(self.noun, used, masks.columns(allowed.hidden, self.parts), "filter")

    async def get(self, database: Reads, id: UUID) -> Row[Any]:
        """Return one row that the caller may read, not locked; raise NotFound."""
        reach = access.current().require(self.noun, "read").reach
        found = await database.read(self.by_id(reach), {"ids": [id], **parameters(reach)})
        if not found:
            label = self.noun.replace("_", " ").title().replace(" ", "")
            raise NotFound(f"There is no {label} {id}", id=str(id), type=label)
        return found[0]
