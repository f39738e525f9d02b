"""Conditions as a WHERE, for lists and scopes."""

from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from operator import eq, ge, gt, le, lt
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Numeric,
    String,
    Text,
    Uuid,
    all_,
    and_,
    any_,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    true,
)
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.types import TypeEngine

from chassis.conditions import kinds
from chassis.conditions.fields import Field, Fields, MoneyColumns, require
from chassis.conditions.kinds import CHANGES, NEGATIVE, OF_SEVERAL, WITHOUT_VALUE, Kind, Operator
from chassis.conditions.tree import Group, Rule
from chassis.conditions.values import Environment
from chassis.errors import Invalid
from chassis.money import Money

Clause = ColumnElement[bool]

_LARGEST_INTEGER = 2**31


def where(node: Group | Rule, columns: Fields, environment: Environment | None = None) -> Clause:
    """Return the expression that holds for the rows that meet the condition.

    Relative dates and `me` are what the environment says at this moment. Raises Invalid for a field that
    `columns` lack, and for rules on what changed, since a row knows only its present state.
    """
    known = environment or Environment()
    if isinstance(node, Rule):
        return _rule(require(columns, node.field), node, known)
    parts = [where(rule, columns, known) for rule in node.rules]
    if not parts:
        return false() if node.negated else true()
    joined = or_(*parts) if node.combinator == "or" else and_(*parts)
    # a comparison with NULL is unknown, and NOT unknown is not true: decide before negating
    return not_(func.coalesce(joined, false())) if node.negated else joined


def _rule(field: Field, rule: Rule, environment: Environment) -> Clause:
    if rule.operator in CHANGES or field.expression is None:
        raise Invalid(f"{rule.operator} on {rule.field} cannot select rows; a row knows its present state")
    value = environment.value(rule.value)
    if value is None and rule.operator not in WITHOUT_VALUE:
        return true() if rule.operator in NEGATIVE else false()
    if isinstance(field.expression, MoneyColumns):
        return _MONEY[rule.operator](field.expression, value)
    if field.kind.many:
        return _MANY[rule.operator](field.expression, value, field.kind)
    if rule.operator in OF_SEVERAL:
        return _several(field.expression, rule.operator, [_stored(one) for one in value], field.kind)
    if isinstance(field.expression.type, Integer) and rule.operator not in WITHOUT_VALUE:
        return _COMPARISONS[rule.operator](*_integers(field.expression, value))
    return _COMPARISONS[rule.operator](field.expression, value)


def _stored(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _integers(column: ColumnElement[Any], value: Any) -> tuple[ColumnElement[Any], Any]:
    """Compare whole numbers as such where that is possible, so that indexes serve."""
    bounds = value if isinstance(value, list) else [value]
    if all(one == int(one) and abs(one) < _LARGEST_INTEGER for one in bounds):
        whole = [int(one) for one in bounds]
        return column, whole if isinstance(value, list) else whole[0]
    exact = [Decimal(one) for one in bounds]
    return cast(column, Numeric), exact if isinstance(value, list) else exact[0]


_ELEMENTS: dict[Kind, TypeEngine[Any]] = {
    kinds.NUMBER: Numeric(),
    kinds.DATE: Date(),
    kinds.DATETIME: DateTime(timezone=True),
    kinds.ID: Uuid(),
    kinds.IDS: Uuid(),
}


def _array(values: list[Any], kind: Kind) -> ColumnElement[Any]:
    """One parameter however many values, so that a statement's text, and its plan, is kept."""
    return literal(values, ARRAY(_ELEMENTS.get(kind, Text())))


def _several(column: ColumnElement[Any], operator: Operator, values: list[Any], kind: Kind) -> Clause:
    if operator == "in":
        return column == any_(_array(values, kind))
    return or_(column.is_(None), column != all_(_array(values, kind)))


def _subtree(column: ColumnElement[Any], path: str) -> Clause:
    return or_(column == path, column.startswith(f"{path}-", autoescape=True))


def _empty(column: ColumnElement[Any], _: Any = None) -> Clause:
    blank = column == "" if _is_text(column) else None
    return column.is_(None) if blank is None else or_(column.is_(None), blank)


def _filled(column: ColumnElement[Any], _: Any = None) -> Clause:
    return and_(column.is_not(None), column != "") if _is_text(column) else column.is_not(None)


def _is_text(column: ColumnElement[Any]) -> bool:
    return isinstance(column.type, String) and not isinstance(column.type, SqlEnum)


_COMPARISONS: dict[Operator, Callable[[ColumnElement[Any], Any], Clause]] = {
    "eq": eq,
    "ne": lambda column, value: column.is_distinct_from(value),
    "lt": lt,
    "lte": le,
    "gt": gt,
    "gte": ge,
    "between": lambda column, value: column.between(*value),
    "contains": lambda column, value: column.icontains(value, autoescape=True),
    "notContains": lambda column, value: or_(
        column.is_(None), not_(column.icontains(value, autoescape=True))
    ),
    "startsWith": lambda column, value: column.istartswith(value, autoescape=True),
    "endsWith": lambda column, value: column.iendswith(value, autoescape=True),
    "inSubtree": _subtree,
    "isEmpty": _empty,
    "isNotEmpty": _filled,
}


def _has_all(column: ColumnElement[Any], given: Any, kind: Kind) -> Clause:
    return column.bool_op("@>")(_like(column, given, kind))


def _has_any(column: ColumnElement[Any], given: Any, kind: Kind) -> Clause:
    return column.bool_op("&&")(_like(column, given, kind))


def _like(column: ColumnElement[Any], given: Any, kind: Kind) -> ColumnElement[Any]:
    values = given if isinstance(given, list) else [given]
    return cast(_array([_stored(one) for one in values], kind), column.type)


def _lacks(column: ColumnElement[Any], values: Any, kind: Kind) -> Clause:
    return or_(column.is_(None), not_(_has_any(column, values, kind)))


_MANY: dict[Operator, Callable[[ColumnElement[Any], Any, Kind], Clause]] = {
    "contains": _has_all,
    "notContains": _lacks,
    "containsAll": _has_all,
    "containsAny": _has_any,
    "containsNone": _lacks,
    "isEmpty": lambda column, _, __: func.coalesce(func.cardinality(column), 0) == 0,
    "isNotEmpty": lambda column, _, __: func.coalesce(func.cardinality(column), 0) > 0,
}


def _same(money: MoneyColumns, value: Money) -> Clause:
    return and_(money.amount == value.amount, money.currency == value.currency)


def _ordered(compare: Callable[[Any, Any], Any]) -> Callable[[MoneyColumns, Money], Clause]:
    """Amounts of another currency are neither more nor less."""
    return lambda money, value: and_(money.currency == value.currency, compare(money.amount, value.amount))


def _unless(clause: Clause) -> Clause:
    return not_(func.coalesce(clause, false()))


def _nothing(money: MoneyColumns, _: Any = None) -> Clause:
    return or_(money.amount.is_(None), money.currency.is_(None))


_MONEY: dict[Operator, Callable[[MoneyColumns, Any], Clause]] = {
    "eq": _same,
    "ne": lambda money, value: _unless(_same(money, value)),
    "in": lambda money, values: or_(false(), *(_same(money, one) for one in values)),
    "notIn": lambda money, values: _unless(or_(false(), *(_same(money, one) for one in values))),
    "lt": _ordered(lt),
    "lte": _ordered(le),
    "gt": _ordered(gt),
    "gte": _ordered(ge),
    "between": lambda money, value: and_(_ordered(ge)(money, value[0]), _ordered(le)(money, value[1])),
    "isEmpty": _nothing,
    "isNotEmpty": lambda money, _: not_(_nothing(money)),
}
