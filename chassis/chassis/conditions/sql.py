"""Conditions as a WHERE, for lists and scopes."""

from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, String, and_, false, func, not_, or_, true

from chassis.conditions.tree import Group, Rule

Columns = Mapping[str, ColumnElement[Any]]


def where(node: Group | Rule, columns: Columns) -> ColumnElement[bool]:
    """Return the expression that holds for the rows that meet the condition."""
    if isinstance(node, Rule):
        return _rule(columns[node.field], node)
    parts = [where(rule, columns) for rule in node.rules]
    if not parts:
        return false() if node.negated else true()
    joined = or_(*parts) if node.combinator == "or" else and_(*parts)
    # a comparison with NULL is unknown, and NOT unknown is not true: decide before negating
    return not_(func.coalesce(joined, false())) if node.negated else joined


_COMPARISONS: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "lt": lt,
    "lte": le,
    "gt": gt,
    "gte": ge,
}


def _rule(column: ColumnElement[Any], rule: Rule) -> ColumnElement[bool]:
    value: Any = rule.value
    match rule.operator:
        case "eq":
            return column == value if value is not None else false()
        case "ne":
            return column.is_distinct_from(value)
        case "in":
            return column.in_(value)
        case "notIn":
            return or_(column.is_(None), column.not_in(value))
        case "contains":
            if isinstance(column.type, ARRAY):
                return column.contains([value])
            return column.icontains(value, autoescape=True)
        case "startsWith":
            return column.istartswith(value, autoescape=True)
        case "lt" | "lte" | "gt" | "gte":
            return _COMPARISONS[rule.operator](column, value)
        case "isEmpty":
            return (
                or_(column.is_(None), column == "") if isinstance(column.type, String) else column.is_(None)
            )
        case "isNotEmpty":
            return (
                and_(column.is_not(None), column != "")
                if isinstance(column.type, String)
                else column.is_not(None)
            )
