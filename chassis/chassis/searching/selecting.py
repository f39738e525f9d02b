"""A search as a WHERE: of each word, some field that the reader may see has it."""

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    column,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy import table as view
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.access import masks, scope, wall
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
    behind = wall.narrow() is not None
    found = enumerate(patterns(search))
    return and_(
        *(_has(listing.table, names, added.values(), each, n if behind else None) for n, each in found)
    )


def _has(
    table: Any, names: ColumnElement[Any], added: Any, pattern: str, place: int | None
) -> ColumnElement[bool]:
    texts = _TEXT if place is None else _word(place)
    here = (
        texts.text.like(pattern)
        if place is None
        else texts.word == bindparam(f"{wall.WORD}_{place}", pattern)
    )
    found = select(texts.record_id).where(texts.object == table.name, texts.field == any_(names), here)
    return or_(
        table.c.id.in_(found), *(_is_default(table, each) for each in added if _defaults(each, pattern))
    )


@cache
def _word(place: int) -> Any:
    """The view of what is found by the word at this place of a search, for those behind the second wall."""
    columns = (
        column("object", Text()),
        column("record_id", Uuid()),
        column("field", Text()),
        column("word", Text()),
    )
    return view(f"{wall.WORD}_{place}", *columns).c


def _defaults(known: Definition, pattern: str) -> bool:
    """Tell whether a word is in what records show that were written before the field was there."""
    return known.default is not None and pattern.strip("%") in found_by(known.default)


def _is_default(table: Table, known: Definition) -> ColumnElement[bool]:
    held: ColumnElement[bool] = table.c[CUSTOM].has_key(known.key)
    return not_(held)
