"""The predicate language: a versioned JSON tree of groups and rules, parsed to typed nodes."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chassis.errors import Invalid

VERSION = 1
MAX_DEPTH = 8
MAX_RULES = 100

Operator = Literal[
    "eq", "ne", "in", "notIn", "contains", "startsWith", "lt", "lte", "gt", "gte", "isEmpty", "isNotEmpty"
]
OPERATORS: tuple[Operator, ...] = (
    "eq", "ne", "in", "notIn", "contains", "startsWith", "lt", "lte", "gt", "gte", "isEmpty", "isNotEmpty",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """One field compared with one value."""

    field: str
    operator: Operator
    value: Any = None


@dataclass(frozen=True, slots=True)
class Group:
    """Rules of which all (`and`) or any (`or`) must hold, or with `negated` must not."""

    combinator: Literal["and", "or"]
    rules: tuple["Rule | Group", ...]
    negated: bool = False


EVERYTHING = Group("and", ())


def parse(json: Mapping[str, Any], *, fields: Container[str]) -> Group:
    """Return the tree that this JSON says.

    `fields` are the names that rules may use. Raises Invalid with the path of what is wrong.
    """
    version = json.get("version", VERSION)
    if version != VERSION:
        raise Invalid(f"Condition version {version} is not known; this installation knows {VERSION}")
    return _Parser(fields).group(json, path=(), depth=0)


def to_json(node: "Group | Rule", *, top: bool = True) -> dict[str, Any]:
    """Return the stored form of a tree."""
    if isinstance(node, Rule):
        return {"field": node.field, "operator": node.operator, "value": node.value}
    written: dict[str, Any] = {
        "combinator": node.combinator,
        "rules": [to_json(rule, top=False) for rule in node.rules],
    }
    if node.negated:
        written["not"] = True
    return {"version": VERSION, **written} if top else written


class _Parser:
    def __init__(self, fields: Container[str]) -> None:
        self._fields = fields
        self._seen = 0

    def group(self, json: Mapping[str, Any], path: tuple[str | int, ...], depth: int) -> Group:
        if depth > MAX_DEPTH:
            raise Invalid(f"A condition nests at most {MAX_DEPTH} groups", path=path)
        combinator = json.get("combinator", "and")
        if combinator not in ("and", "or"):
            raise Invalid(f"combinator is {combinator!r}; use and, or", path=(*path, "combinator"))
        rules = json.get("rules")
        if not isinstance(rules, Sequence) or isinstance(rules, str):
            raise Invalid("A group needs a list of rules", path=(*path, "rules"))
        nodes = tuple(self._node(rule, (*path, "rules", n), depth) for n, rule in enumerate(rules))
        return Group(combinator, nodes, negated=bool(json.get("not", False)))

    def _node(self, json: Any, path: tuple[str | int, ...], depth: int) -> Rule | Group:
        if not isinstance(json, Mapping):
            raise Invalid("A rule is an object with field, operator and value", path=path)
        return self.group(json, path, depth + 1) if "rules" in json else self._rule(json, path)

    def _rule(self, json: Mapping[str, Any], path: tuple[str | int, ...]) -> Rule:
        self._seen += 1
        if self._seen > MAX_RULES:
            raise Invalid(f"A condition has at most {MAX_RULES} rules", path=path)
        field, operator, value = json.get("field"), json.get("operator"), json.get("value")
        if not isinstance(field, str) or field not in self._fields:
            raise Invalid(f"{field!r} is no field that can be compared here", path=(*path, "field"))
        if operator not in OPERATORS:
            raise Invalid(
                f"{operator!r} is no operator; use {', '.join(OPERATORS)}", path=(*path, "operator")
            )
        if operator in ("in", "notIn") and not isinstance(value, list):
            raise Invalid(f"{operator} needs a list of values", path=(*path, "value"))
        if operator in ("contains", "startsWith") and not isinstance(value, str):
            raise Invalid(f"{operator} needs a text", path=(*path, "value"))
        return Rule(field, operator, value)
