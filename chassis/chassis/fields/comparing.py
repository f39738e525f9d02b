"""Custom fields as conditions see them, beside the columns of the record."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, inspect

from chassis.conditions.python import Predicate, compiled
from chassis.conditions.tree import parse
from chassis.fields.definition import Definition, Json
from chassis.fields.memory import Schema
from chassis.fields.types import TYPES

PREFIX = "custom."


def catalogue(table: FromClause, fields: Mapping[str, Definition]) -> dict[str, ColumnElement[Any]]:
    """Return what conditions on rows of a table may name: its columns, and its fields as `custom.<key>`."""
    columns: dict[str, ColumnElement[Any]] = {column.key: column for column in table.c}
    custom = columns.pop("custom")
    return columns | {
        PREFIX + key: TYPES[known.type].expression(custom, known) for key, known in fields.items()
    }


def facts(record: Any, custom: Mapping[str, Json], schema: Schema) -> dict[str, Any]:
    """Return a record as conditions in memory see it, with these custom values."""
    columns = {column.key: getattr(record, column.key) for column in inspect(type(record)).column_attrs}
    return columns | {
        "custom": {
            key: TYPES[known.type].comparable(custom.get(key), known) for key, known in schema.fields.items()
        }
    }


def predicate(table: FromClause, schema: Schema, condition: Json) -> Predicate:
    """Return the function that says whether a record meets a definition's condition."""
    return compiled(parse(condition, fields=catalogue(table, schema.fields)))
