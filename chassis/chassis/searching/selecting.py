"""A search as a WHERE: of each word, some field that the reader may see has it."""

from typing import Any

from sqlalchemy import ColumnElement, Table, Text, and_, any_, literal, not_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.access import masks, scope
from chassis.access.rights import Effective
from chassis.fields import lists
from chassis.fields.definition import Definition
from chassis.fields.types import TYPES
from chassis.searching.keeping import CUSTOM, searched
from chassis.searching.language import found_by, patterns
from chassis.searching.models import SearchText

_TEXT = SearchText.__table__.c


def where(listing: scope.Owned, search: str, allowed: Effective) -> ColumnElement[bool]:
    """Return what holds for the rows in which every word is found.

    Only fields that the reader may see are looked at. Raises Invalid and LimitExceeded, see language.
    """
    hidden = masks.columns(allowed.hidden, listing.parts)
    added = {
        f"{CUSTOM}.{key}": known
        for key, known in lists.fields(listing.table).items()
        if TYPES[known.type].searched and f"{CUSTOM}.{key}" not in allowed.hidden
    }
    visible = [name for name in searched(listing.table) if name not in hidden]
    names = literal([*visible, *added], ARRAY(Text()))
    return and_(*(_has(listing.table, names, added.values(), each) for each in patterns(search)))


def _has(table: Any, names: ColumnElement[Any], added: Any, pattern: str) -> ColumnElement[bool]:
    found = select(_TEXT.record_id).where(
        _TEXT.object == table.name, _TEXT.field == any_(names), _TEXT.text.like(pattern)
    )
    return or_(
        table.c.id.in_(found), *(_is_default(table, each) for each in added if _defaults(each, pattern))
    )


def _defaults(known: Definition, pattern: str) -> bool:
    """Tell whether a word is in what records show that were written before the field was there."""
    return known.default is not None and pattern.strip("%") in found_by(known.default)


def _is_default(table: Table, known: Definition) -> ColumnElement[bool]:
    held: ColumnElement[bool] = table.c[CUSTOM].has_key(known.key)
    return not_(held)
