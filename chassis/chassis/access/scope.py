"""Scopes as a WHERE: the one place where rows are kept from a reader.

A listing says whose its rows are; what a reader may see of them becomes part of each statement, which is
built once per kind of scope and takes the people as the parameters `people_` and `grantees_`.
"""

from collections.abc import Iterable
from typing import Any, Protocol

import orjson
from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    any_,
    bindparam,
    column,
    false,
    literal,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from chassis.access.masks import Parts, columns, refuse
from chassis.access.principal import current
from chassis.access.roles import Condition
from chassis.conditions import sql, tree
from chassis.conditions.values import Environment
from chassis.errors import Invalid

_SHARES = table("record_share", *map(column, ("object", "record_id", "grantee_id", "can_update")))


class Owned(Protocol):
    """What a listing says of its rows; see listing.Listing."""

    @property
    def noun(self) -> str:
        """What grants name."""
        ...

    @property
    def table(self) -> Table:
        """Where the rows are."""
        ...

    @property
    def comparable(self) -> Any:
        """All that conditions may name."""
        ...

    @property
    def owner(self) -> str | None:
        """The column with the owner."""
        ...

    @property
    def parts(self) -> Parts:
        """Fields of the graph with the columns that they show."""
        ...

    @property
    def open(self) -> bool:
        """Whether the rows are nobody's."""
        ...

    @property
    def through(self) -> Iterable[tuple[str, "Owned"]]:
        """Columns that name rows of other listings, whose owners own these rows too."""
        ...


OF_TABLES: dict[Table | None, Owned] = {}  # the listing of each table, for what is written to it


def where(listing: Owned, shape: Iterable[Any]) -> ColumnElement[bool]:
    """Return what holds for the rows within one of the scopes."""
    parts = [part for scope in sorted(shape, key=str) for part in _within(listing, scope)]
    return or_(*parts) if parts else false()


def _within(listing: Owned, scope: Any) -> list[ColumnElement[bool]]:
    if isinstance(scope, Condition):
        return [_meets(listing, scope)]
    ways = [_below(listing.table.c[column], parent, scope) for column, parent in listing.through]
    if scope in ("shared", "lent"):
        return [_shared(listing, scope), *ways]
    if listing.owner is not None:
        ways.append(listing.table.c[listing.owner] == any_(ids("people_")))
    return ways


def _below(column: ColumnElement[Any], parent: Owned, scope: Any) -> ColumnElement[bool]:
    above: Select[Any] = select(parent.table.c.id).where(or_(false(), *_within(parent, scope)))
    above = above.correlate(None)  # also inside a statement that reads the parents
    return column.in_(above)


def _shared(listing: Owned, scope: str) -> ColumnElement[bool]:
    share = _SHARES.c
    shared = select(share.record_id).where(
        share.object == literal(listing.noun), share.grantee_id == any_(ids("grantees_"))
    )
    return listing.table.c.id.in_(shared.where(share.can_update) if scope == "lent" else shared)


def _meets(listing: Owned, scope: Condition) -> ColumnElement[bool]:
    """A condition that this release or this object does not understand is met by no row."""
    try:
        parsed = tree.parse(orjson.loads(scope.json), fields=listing.comparable)
        return sql.where(parsed, listing.comparable, environment())
    except Invalid:
        return false()


def environment() -> Environment:
    """Return what conditions need to know of the present caller."""
    caller = current()
    if caller.rights is None:
        return Environment(bound={"me": caller.id, "myTeam": None})
    return Environment(zone=caller.rights.zone, bound={"me": caller.id, "myTeam": caller.rights.team_id})


def require_related(field: str) -> None:
    """Raise Forbidden when a field of a related record, like `customer.region`, is kept from the caller."""
    noun, dot, name = field.partition(".")
    if dot:
        allowed = current().require(noun, "read")
        refuse(noun, [name], columns(allowed.hidden), "filter")


def ids(name: str) -> Any:
    """Return a parameter that takes a list of ids."""
    return bindparam(name, type_=ARRAY(PgUUID(as_uuid=True)))
