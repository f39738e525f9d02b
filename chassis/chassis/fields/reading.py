"""What a reader may have of a record, field by field, as somebody would enter it."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Table

from chassis.access import current, masks, scope
from chassis.access.rights import Effective
from chassis.conditions.fields import Fields
from chassis.fields import lists
from chassis.fields.comparing import PREFIX, catalogue
from chassis.fields.definition import Definition, Json
from chassis.fields.formulas import standard
from chassis.money import Money

Definitions = Mapping[str, Definition]


def nameable(table: Table, added: Definitions) -> Fields:
    """Return what may be copied from rows of a table: its columns but secrets, and `custom.<key>`."""
    return {name: each for name, each in catalogue(table, added).items() if not _is_secret(each)}


def _is_plain(column: Any) -> bool:
    return column is not None and not _is_secret(column)


def _is_secret(each: Any) -> bool:
    told: Mapping[str, Any] = getattr(each, "info", {})
    return bool(told.get("secret")) and not told.get("exported")


def visible(
    listing: scope.Owned, allowed: Effective, added: Definitions, names: Iterable[str]
) -> frozenset[str]:
    """Return those of the fields that the present caller may see."""
    seen = {PREFIX + each.key for each in lists.shown(added.values(), current())}
    hidden = masks.columns(allowed.hidden, listing.parts)
    return frozenset(
        name
        for name in names
        if name not in hidden and (name in seen or _is_plain(listing.table.c.get(name)))
    )


def values(table: Table, row: Mapping[str, Any], added: Definitions, names: Iterable[str]) -> dict[str, Json]:
    """Return what a row holds in these fields."""
    return {name: _value(table, row, name, added) for name in names}


def _value(table: Table, row: Mapping[str, Any], name: str, added: Definitions) -> Json:
    if not name.startswith(PREFIX):
        return _plain(standard(table, name, row))
    known = added[name.removeprefix(PREFIX)]
    return row["custom"].get(known.key, known.default)


def _plain(value: Any) -> Json:
    if isinstance(value, Money):
        return {"amount": f"{value.amount.normalize():f}", "currency": value.currency}
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
