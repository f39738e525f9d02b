"""Custom fields in lists: what may be compared and sorted by, of the fields that are there at this moment."""

from collections.abc import Iterable, Iterator
from contextvars import ContextVar

from sqlalchemy import ColumnElement, Label, Table

from chassis import access
from chassis.access import Principal, scope
from chassis.conditions.fields import Field
from chassis.database import Database
from chassis.fields import comparing
from chassis.fields.definition import Definition
from chassis.fields.memory import Known, known
from chassis.fields.types import TYPES

_present: ContextVar[Known | None] = ContextVar("fields", default=None)


async def ready(database: Database) -> None:
    """Know the fields that are defined, also by another process a second ago, until this request ends."""
    present = known(database)
    await present.refresh(database)
    _present.set(present)


def shown(definitions: Iterable[Definition], principal: Principal) -> Iterator[Definition]:
    """Give the fields that a caller may know of: by the fields' roles, and by the masks of the caller's."""
    for each in definitions:
        if each.visible_to(principal) and comparing.PREFIX + each.key not in _hidden(each.object, principal):
            yield each


def _hidden(object: str, principal: Principal) -> frozenset[str]:
    listing = next((each for table, each in scope.OF_TABLES.items() if str(table) == object), None)
    if listing is None or not principal.may(listing.noun, "read"):
        return frozenset()
    return principal.require(listing.noun, "read").hidden


def fields(table: Table) -> dict[str, Definition]:
    """Return the fields of a table's rows that the caller may see."""
    present = _present.get()
    if present is None or comparing.COLUMN not in table.c:
        return {}
    seen = present.of(table.name).fields
    return {each.key: each for each in shown(seen.values(), access.current())}


def comparable(table: Table) -> dict[str, Field]:
    """Return what conditions may name beside the columns."""
    return comparing.own(table, fields(table))


def order(table: Table, name: str) -> ColumnElement[object] | None:
    """Return what a list is sorted by when it is sorted by `custom.<key>`; None when it cannot be."""
    if not name.startswith(comparing.PREFIX):
        return None
    known = fields(table).get(name.removeprefix(comparing.PREFIX))
    if known is None or not TYPES[known.type].sorts(known):
        return None
    return Label(f"{name}_", TYPES[known.type].order(table.c[comparing.COLUMN], known))
