"""Fields kept from a reader: which columns they are, and rows without them."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from chassis.errors import Forbidden


class Masked:
    """A row that answers None for hidden columns; everything else is the row's own."""

    def __init__(self, row: Any, hidden: frozenset[str]) -> None:
        self._row = row
        self._hidden = hidden

    def __getattr__(self, name: str) -> Any:
        """Return the row's value, or None for what is hidden."""
        return None if name in self._hidden else getattr(self._row, name)


Parts = tuple[tuple[str, tuple[str, ...]], ...]  # fields with the columns that they show, if named otherwise


@lru_cache(maxsize=1000)
def columns(fields: frozenset[str], parts: Parts = ()) -> frozenset[str]:
    """Return the columns that may hold these fields: `budget` may be an amount and a currency.

    Fields are named as in the graph, so `ownerId` and `owner` are the column `owner_id`.
    """
    named = dict(parts)
    return frozenset(part for field in fields for part in (*_parts(field), *named.get(field, ())))


def _parts(field: str) -> Iterable[str]:
    name = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", field).lower()
    yield from (name, f"{name}_id", f"{name}_amount", f"{name}_currency")
    for ending in ("amount", "value"):
        if name.endswith(ending):
            yield from (name.removesuffix(ending) + part for part in ("amount", "currency"))


def refuse(noun: str, asked: Iterable[str], hidden: Collection[str], where: str) -> None:
    """Raise Forbidden when a list is to be chosen or ordered by what the reader may not see."""
    for name in asked:
        if name in hidden:
            raise Forbidden(
                f"{name} of {noun} is kept from you, so nothing can be chosen or sorted by it",
                path=(where,),
                object=noun,
                field=name,
            )
