"""Custom fields as conditions see them, beside the columns of the record."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import FromClause, Numeric, inspect

from chassis.access import scope
from chassis.conditions.fields import Field, Fields
from chassis.conditions.python import Predicate, compiled
from chassis.conditions.tree import parse, to_json
from chassis.errors import Invalid
from chassis.fields.definition import Definition, Json
from chassis.fields.memory import Schema
from chassis.fields.types import TYPES

COLUMN = "custom"
PREFIX = "custom."
MONEY_PLACES = 4  # amounts are stored to; percents and the like are not


def catalogue(table: FromClause, fields: Mapping[str, Definition]) -> Fields:
    """Return what conditions on rows of a table may name: its columns, and its fields as `custom.<key>`."""
    columns: dict[str, Any] = {column.key: column for column in table.c if column.key != COLUMN}
    return columns | own(table, fields)


def own(table: FromClause, fields: Mapping[str, Definition]) -> dict[str, Field]:
    """Return the fields that the company added and records hold, as `custom.<key>`."""
    custom = table.c.get(COLUMN)
    if custom is None:
        return {}
    return {
        PREFIX + key: TYPES[known.type].field(custom, known)
        for key, known in fields.items()
        if TYPES[known.type].stored
    }


def currency_of(table: FromClause, name: str) -> Any:
    """Return the column with the currency of the amounts in a column; None when it holds plain numbers."""
    column = table.c.get(name)
    if column is None or not isinstance(column.type, Numeric) or (column.type.scale or 0) != MONEY_PLACES:
        return None
    return table.c.get(f"{name.removesuffix('_amount')}_currency", table.c.get("currency"))


def condition(table: FromClause, fields: Mapping[str, Definition], given: Json) -> Json:
    """Return a definition's condition as kept; raise Invalid, also for a roll-up, which no record holds."""
    try:
        return to_json(parse(given, fields=catalogue(table, fields)))
    except Invalid as error:
        named = _at(given, error.path)
        known = fields.get(str(named).removeprefix(PREFIX))
        if known is None or TYPES[known.type].stored:
            raise
        raise Invalid(
            f"{named} is a {known.type}: it is found when lists are read, and no record holds it; "
            "name a field of the record itself",
            path=error.path,
        ) from None


def _at(given: Json, path: Sequence[str | int]) -> Json:
    for step in path:
        if isinstance(given, dict):
            given = given.get(str(step))
        elif isinstance(given, list) and isinstance(step, int):
            given = given[step]
    return given


def facts(record: Any, custom: Mapping[str, Json], schema: Schema) -> dict[str, Any]:
    """Return a record as conditions in memory see it, with these custom values."""
    columns = {column.key: getattr(record, column.key) for column in inspect(type(record)).column_attrs}
    return columns | {
        COLUMN: {
            key: TYPES[known.type].comparable(custom.get(key), known) for key, known in schema.fields.items()
        }
    }


def predicate(table: FromClause, schema: Schema, condition: Json) -> Predicate:
    """Return the function that says whether a record meets a definition's condition."""
    parsed = parse(condition, fields=catalogue(table, schema.fields))
    return compiled(parsed, environment=scope.environment())
