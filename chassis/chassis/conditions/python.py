"""Conditions as Python functions, for events and records in memory."""

from collections.abc import Callable, Mapping
from typing import Any

from chassis.conditions.tree import Group, Rule

Record = Mapping[str, Any]
Predicate = Callable[[Record], bool]


def compiled(node: Group | Rule) -> Predicate:
    """Return a function that tells whether a record meets the condition; equal to `sql.where`."""
    if isinstance(node, Rule):
        return _rule(node)
    parts = [compiled(rule) for rule in node.rules]
    decide = any if node.combinator == "or" and parts else all
    if node.negated:
        return lambda record: not decide(part(record) for part in parts)
    return lambda record: decide(part(record) for part in parts)


def _empty(found: Any) -> bool:
    return found is None or found == "" or found == [] or found == {}


def _rule(rule: Rule) -> Predicate:
    field, value = rule.field, rule.value
    compare = _COMPARISONS[rule.operator]
    return lambda record: compare(record.get(field), value)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda found, value: found is not None and found == value,
    "ne": lambda found, value: found is None or found != value,
    "in": lambda found, value: found is not None and found in value,
    "notIn": lambda found, value: found is None or found not in value,
    "contains": lambda found, value: found is not None and _contains(found, value),
    "startsWith": lambda found, value: found is not None and found.lower().startswith(value.lower()),
    "lt": lambda found, value: found is not None and found < value,
    "lte": lambda found, value: found is not None and found <= value,
    "gt": lambda found, value: found is not None and found > value,
    "gte": lambda found, value: found is not None and found >= value,
    "isEmpty": lambda found, _: _empty(found),
    "isNotEmpty": lambda found, _: not _empty(found),
}


def _contains(found: Any, value: str) -> bool:
    return value.lower() in found.lower() if isinstance(found, str) else value in found
