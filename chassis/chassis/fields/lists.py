"""Custom fields in lists: what may be compared and sorted by, of the fields that are there at this moment."""

from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

from sqlalchemy import ColumnElement, Label, Select, Table, any_, select

from chassis import access
from chassis.access import Principal, masks, scope
from chassis.access.scope import Owned
from chassis.conditions.fields import Field
from chassis.database import Database
from chassis.fields import comparing, formulas, rollups
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
        if not each.visible_to(principal) or comparing.PREFIX + each.key in _hidden(each.object, principal):
            continue
        if each.type == formulas.NAME and not _reads_only_seen(each, principal):
            continue
        if TYPES[each.type].stored or _is_known(each, principal):
            yield each


def _table(object: str) -> Table | None:
    return next((table for table in scope.OF_TABLES if table is not None and table.name == object), None)


def _stored(object: str, principal: Principal) -> dict[str, Definition]:
    """Return the fields that records of a kind hold and the caller may see."""
    present = _present.get()
    known = present.of(object).fields.values() if present else ()
    return {each.key: each for each in shown((each for each in known if TYPES[each.type].stored), principal)}


def _reads_only_seen(formula: Definition, principal: Principal) -> bool:
    table, present = _table(formula.object), _present.get()
    if table is None or present is None:
        return True
    columns, keys = formulas.reads(formula, table)
    known = present.of(formula.object).fields
    hidden = _hidden(formula.object, principal)
    return (
        columns.isdisjoint(masks.columns(hidden, scope.OF_TABLES[table].parts))
        and hidden.isdisjoint(comparing.PREFIX + key for key in keys)
        and all(known[key].visible_to(principal) for key in keys & known.keys())
    )


def _is_known(roll_up: Definition, principal: Principal) -> bool:
    table = _table(roll_up.object)
    related = _stored(roll_up.settings["object"], principal)
    return table is not None and rollups.visible(table, roll_up, related, principal)


def _hidden(object: str, principal: Principal) -> frozenset[str]:
    listing = scope.OF_TABLES.get(_table(object))
    if listing is None or not principal.may(listing.noun, "read"):
        return frozenset()
    return principal.require(listing.noun, "read").hidden


def noun(object: str) -> str:
    """Return what grants name a kind of object."""
    listing = scope.OF_TABLES.get(_table(object))
    return listing.noun if listing else object


def kept_back(table: Table, principal: Principal) -> frozenset[str]:
    """Return the fields, as `custom.<key>`, that rows of a table have and this caller may not see."""
    present = _present.get()
    known = present.of(table.name).fields if present else {}
    seen = {each.key for each in shown(known.values(), principal)}
    return frozenset(comparing.PREFIX + key for key in known.keys() - seen)


def fields(table: Table) -> dict[str, Definition]:
    """Return the fields of a table's rows that the caller may see."""
    present = _present.get()
    if present is None or comparing.COLUMN not in table.c:
        return {}
    seen = present.of(table.name).fields
    return {each.key: each for each in shown(seen.values(), access.current())}


def comparable(table: Table) -> dict[str, Field]:
    """Return what conditions may name beside the columns."""
    known = fields(table)
    rolled_up = {
        comparing.PREFIX + key: rollups.comparable(table, each, _related(each))
        for key, each in known.items()
        if not TYPES[each.type].stored
    }
    return comparing.own(table, known) | rolled_up


def _related(roll_up: Definition) -> dict[str, Definition]:
    return _stored(roll_up.settings["object"], access.current())


def totals(object: str, asked: Sequence[Definition]) -> tuple[Owned, Select[Any]]:
    """Return the statement that finds roll-ups of records whose ids are `keys`, and whose rows these are."""
    table = _table(object)
    assert table is not None, "a roll-up is shown only of what has a listing"
    found = [rollups.expression(table, each, _related(each)).label(each.key) for each in asked]
    return scope.OF_TABLES[table], select(table.c.id.label("id_"), *found).where(
        table.c.id == any_(scope.ids("keys"))
    )


def order(table: Table, name: str) -> ColumnElement[object] | None:
    """Return what a list is sorted by when it is sorted by `custom.<key>`; None when it cannot be."""
    if not name.startswith(comparing.PREFIX):
        return None
    known = fields(table).get(name.removeprefix(comparing.PREFIX))
    if known is None or not TYPES[known.type].sorts(known):
        return None
    if not TYPES[known.type].stored:
        return Label(f"{name}_", rollups.expression(table, known, _related(known)))
    return Label(f"{name}_", TYPES[known.type].order(table.c[comparing.COLUMN], known))
