"""What may be compared: a field's kind, and how SQL reads it."""

import re
from collections import ChainMap
from collections.abc import Container, Mapping
from dataclasses import dataclass
from enum import Enum as PyEnum
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Enum,
    FromClause,
    Integer,
    Numeric,
    String,
    Uuid,
    select,
)
from sqlalchemy.types import TypeEngine

from chassis.conditions import kinds
from chassis.conditions.kinds import Kind
from chassis.errors import Invalid

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class MoneyColumns(NamedTuple):
    """How SQL reads an amount of money."""

    amount: ColumnElement[Any]
    currency: ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Field:
    """Something that rules may name.

    `expression` is how SQL reads it, `options` maps what may be written for a choice to what is stored,
    and records hold `json` (an event, custom values) where they do not hold Python's values.
    """

    kind: Kind
    expression: ColumnElement[Any] | MoneyColumns | None = None
    options: Mapping[str, Any] | None = None
    json: bool = False

    def read(self, given: Any) -> Any:
        """Return one value out of JSON; raise ValueError saying what is wanted."""
        if self.options is None:
            return self.kind.read(given)
        if not isinstance(given, str) or given not in self.options:
            raise ValueError(f"one of {', '.join(dict.fromkeys(map(str, self.options.values())))}")
        return self.options[given]


Fields = Mapping[str, ColumnElement[Any]] | Mapping[str, Field] | Mapping[str, ColumnElement[Any] | Field]

_UNKNOWN = Field(kinds.ANY)


def field(fields: Container[str], name: str) -> Field | None:
    """Return what a name stands for, None when it may not be compared.

    Of mere names nothing is known, so their values are compared as they are.
    """
    if name not in fields:
        return None
    found = fields[name] if isinstance(fields, Mapping) else _UNKNOWN
    return found if isinstance(found, Field) else of_column(found)


def canonical(fields: Container[str], name: str) -> str:
    """Return the name that `fields` has for a name as the graph writes it (`ownerId`)."""
    return name if name in fields else _CAPITAL.sub("_", name).lower()


def of_column(column: ColumnElement[Any]) -> Field | None:
    """Return what a column's type says of it; None when it is secret or cannot be compared."""
    if getattr(column, "info", {}).get("secret"):
        return None
    kind = _kind(column.type)
    if kind is None:
        return None
    return Field(kind, column, _options(column.type) if kind is kinds.CHOICE else None)


def together(*parts: Fields) -> Fields:
    """Return all these fields; where two share a name, the first is meant."""
    return ChainMap(*cast(list[Any], parts))


def related(name: str, on: ColumnElement[Any], key: ColumnElement[Any], fields: Fields) -> dict[str, Field]:
    """Return the fields of a record one hop away as `name.field`: of the row whose `key` equals `on`.

    In memory such a record is nested: `{"name": {"field": …}}`.
    """
    found: dict[str, Field] = {}
    for inner in fields:
        known = field(fields, inner)
        if known is None or not isinstance(known.expression, ColumnElement):
            continue
        chosen = select(known.expression).where(key == on).correlate(*_tables(on)).scalar_subquery()
        found[f"{name}.{inner}"] = Field(known.kind, chosen, known.options, known.json)
    return found


def _tables(column: ColumnElement[Any]) -> list[FromClause]:
    return list(column._from_objects)


_KINDS: tuple[tuple[type[TypeEngine[Any]], Kind], ...] = (
    (Enum, kinds.CHOICE),  # before String, which it is
    (String, kinds.TEXT),
    (Integer, kinds.NUMBER),
    (Numeric, kinds.NUMBER),
    (DateTime, kinds.DATETIME),
    (Date, kinds.DATE),
    (Boolean, kinds.BOOLEAN),
    (Uuid, kinds.ID),
)
_MANY = {kinds.TEXT: kinds.TEXTS, kinds.CHOICE: kinds.TEXTS, kinds.ID: kinds.IDS}


def _kind(type: TypeEngine[Any]) -> Kind | None:
    if isinstance(type, ARRAY):
        element = _kind(type.item_type)
        return _MANY.get(element) if element else None
    return next((kind for known, kind in _KINDS if isinstance(type, known)), None)


def _options(type: TypeEngine[Any]) -> dict[str, Any] | None:
    """A choice is written as the graph shows it (NAME) or as it is stored."""
    known = getattr(type, "enum_class", None)
    if known is None:
        return None
    members: list[PyEnum] = list(known)
    return {member.name.upper(): member for member in members} | {
        str(member.value): member for member in members
    }


def require(fields: Container[str], name: str) -> Field:
    """Return what a name stands for; raise Invalid when it may not be compared."""
    found = field(fields, name)
    if found is None:
        raise Invalid(f"{name!r} is no field that can be compared here", path=("field",))
    return found
