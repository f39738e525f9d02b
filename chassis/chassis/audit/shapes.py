"""What of an object is recorded: the columns of an aggregate, or of a part of one."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.orm import InstanceState, Mapper
from sqlalchemy.orm.base import NO_VALUE

Pair = tuple[Any, Any]
Fields = dict[str, Pair]

_BOOKKEEPING = {"id", "version", "created_at", "created_by", "updated_at", "updated_by"}
_EMPTY: tuple[Any, ...] = (None, [], {})


class Shape(NamedTuple):
    """An aggregate's class, or one whose `part_of` names the column with the aggregate's id.

    A part's changes are the aggregate's: `line.2` for the part with the key 2 in the table `line`.
    """

    object: str  # the aggregate's table
    id: str
    columns: tuple[str, ...]
    recorded: frozenset[str]
    part: str | None  # the part's table
    keys: tuple[str, ...]

    def born(self, values: Mapping[str, Any]) -> Fields:
        """Return what a new row brings."""
        given = {name: value for name in self.recorded if (value := values.get(name)) not in _EMPTY}
        if self.part:
            return {self._place(values): (None, given)}
        return spread((name, (None, value)) for name, value in given.items())

    def gone(self, values: Mapping[str, Any]) -> Fields:
        """Return what a removed row held."""
        held = {name: values.get(name) for name in self.recorded}
        if self.part:
            return {self._place(values): (held, None)}
        return spread((name, (value, None)) for name, value in held.items())

    def touched(self, state: InstanceState[Any]) -> Fields | None:
        """Return what changes of a row; None when nothing does."""
        values, before = state.dict, state.committed_state
        names = [name for name in self.columns if name in before and before[name] != values.get(name)]
        if not names:
            return None
        pairs = {
            name: (None if before[name] is NO_VALUE else before[name], values.get(name))
            for name in names
            if name in self.recorded
        }
        if self.part:
            old, new = ({name: pair[side] for name, pair in pairs.items()} for side in (0, 1))
            return {self._place(values): (old, new)}
        return spread(pairs.items())

    def _place(self, values: Mapping[str, Any]) -> str:
        return ".".join((self.part or "", *(str(values[key]) for key in self.keys)))


@cache
def shape(mapper: Mapper[Any]) -> Shape | None:
    """Return what to record of a class; None for what is neither an aggregate nor part of one."""
    table: Any = mapper.local_table
    parent = getattr(mapper.class_, "part_of", None)
    if parent is None and mapper.version_id_col is None:
        return None
    keys = tuple(mapper.get_property_by_column(column).key for column in table.primary_key)
    left_out = {parent, *keys} if parent else _BOOKKEEPING
    columns = tuple(attribute.key for attribute in mapper.column_attrs if attribute.key not in left_out)
    recorded = frozenset(name for name in columns if not mapper.columns[name].info.get("secret"))
    if parent is None:
        return Shape(table.name, "id", columns, recorded, None, ())
    [owner] = mapper.columns[parent].foreign_keys
    rest = tuple(key for key in keys if key != parent)
    return Shape(owner.column.table.name, parent, columns, recorded, table.name, rest)


def spread(pairs: Iterable[tuple[str, Pair]]) -> Fields:
    """Return the pairs with mappings taken apart, so that `custom` tells which of its keys changed."""
    fields: Fields = {}
    for name, (before, after) in pairs:
        if isinstance(before, dict) or isinstance(after, dict):
            old, new = before or {}, after or {}
            for key in sorted({*old, *new}):
                if old.get(key) != new.get(key):
                    fields[f"{name}.{key}"] = (old.get(key), new.get(key))
        else:
            fields[name] = (before, after)
    return fields
