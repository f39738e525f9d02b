"""Formulas over the fields of a record, its own and the company's; computed with every change, and stored.

Whatever a session writes is computed again in its flush; `computed` is for writes that go by it.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import Column, Table, event
from sqlalchemy.orm import Session

from chassis.audit.recording import RecordingSession
from chassis.conditions import fields as comparable
from chassis.conditions import formulas, kinds
from chassis.conditions.formulas import Formula
from chassis.conditions.kinds import Kind
from chassis.errors import DomainError, Invalid
from chassis.fields import memory
from chassis.fields.comparing import COLUMN, PREFIX, currency_of
from chassis.fields.definition import Definition, Json
from chassis.fields.models import Custom
from chassis.fields.types import TYPES
from chassis.fields.types.base import KINDS
from chassis.money import Money

NAME = "formula"
_WORD = re.compile(r"(?<![\w.])(custom\.)?([A-Za-z_]\w*)")


def reads(known: Definition, table: Table) -> tuple[set[str], set[str]]:
    """Return the columns and the keys of custom fields that a formula names."""
    found = list(_WORD.finditer(known.settings["expression"]))
    columns = {comparable.canonical(table.c.keys(), word[2]) for word in found if not word[1]}
    return columns & set(table.c.keys()) - {COLUMN}, {word[2] for word in found if word[1]}


def _variables(known: Definition, table: Table, fields: Mapping[str, Definition]) -> dict[str, Kind]:
    """Formulas name columns and fields that people enter, so that none depends on another."""
    columns, _ = reads(known, table)
    own = {
        PREFIX + key: KINDS[TYPES[each.type].compared(each)]
        for key, each in fields.items()
        if not TYPES[each.type].computed and TYPES[each.type].compared(each) != "nothing"
    }
    return own | {
        written: kinds.MONEY if currency_of(table, name) is not None else found.kind
        for name in columns
        if (found := comparable.of_column(table.c[name]))
        for written in _written(name)
    }


def _written(column: str) -> tuple[str, ...]:
    """A column is named as it is, or as the graph names it."""
    first, *rest = column.split("_")
    return tuple({column, first + "".join(part.capitalize() for part in rest)})


def compiled(known: Definition, table: Table, fields: Mapping[str, Definition]) -> Formula:
    """Return the formula of a definition; raise Invalid with the place of what is wrong."""
    formula = formulas.compile(
        known.settings["expression"],
        _variables(known, table, fields),
        path=("input", "settings", "expression"),
    )
    result = known.settings.get("result", "number")
    if formula.kind.name != result:
        raise Invalid(
            f"This formula gives a {formula.kind.name}, not a {result}", path=("input", "settings", "result")
        )
    return formula


def computed(
    table: Table, fields: Mapping[str, Definition], custom: Mapping[str, Json], columns: Mapping[str, Any]
) -> dict[str, Json]:
    """Return the values of all formulas for a record; null where there is none, as for a division by 0."""
    asked = [known for known in fields.values() if known.type == NAME]
    if not asked:
        return {}
    given = {
        PREFIX + key: TYPES[known.type].comparable(custom.get(key, known.default), known)
        for key, known in fields.items()
        if not TYPES[known.type].computed
    }
    for name in set[str]().union(*(reads(known, table)[0] for known in asked)):
        value = standard(table, name, columns)
        given |= dict.fromkeys(_written(name), value)
    return {known.key: _value(compiled(known, table, fields), given) for known in asked}


def standard(table: Table, name: str, columns: Mapping[str, Any]) -> Any:
    """Return what a column holds as the graph shows it, amounts with their currency."""
    value, currency = columns.get(name), currency_of(table, name)
    if isinstance(value, Enum):
        return value.name.upper()  # as the graph shows it
    if value is not None and currency is not None:
        return Money(value, columns[currency.key]) if columns.get(currency.key) else None
    return value


def _value(formula: Formula, given: Mapping[str, object]) -> Json:
    try:
        found = formula.evaluate(given)
    except DomainError:
        return None
    return f"{found.normalize():f}" if isinstance(found, Decimal) else found


def check(table: Table, fields: Mapping[str, Definition]) -> None:
    """Raise Invalid when a formula cannot be computed with these fields."""
    for known in fields.values():
        if known.type == NAME:
            compiled(known, table, fields)


def columns_of(record: Any) -> dict[str, Any]:
    """Return what a record's columns hold, or will hold by their defaults when it is new."""
    return {column.key: _held(record, column) for column in record.__table__.c if column.key != COLUMN}


def _held(record: Any, column: Column[Any]) -> Any:
    value = vars(record).get(column.key)
    default: Any = column.default
    return default.arg if value is None and default is not None and default.is_scalar else value


@event.listens_for(RecordingSession, "before_flush")
def _compute(session: Session, *_: object) -> None:
    for record in _changed(session):
        schema = memory.seen(session, record.__tablename__)
        before = record.custom or {}
        found = computed(record.__table__, schema.fields, before, columns_of(record))
        if any(before.get(key) != value for key, value in found.items()):
            record.custom = {**before, **found}


def _changed(session: Session) -> Iterable[Any]:
    for record in [*session.new, *session.dirty]:
        if isinstance(record, Custom) and (record in session.new or session.is_modified(record)):
            yield record
