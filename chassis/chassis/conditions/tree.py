"""The predicate language: a versioned JSON tree of groups and rules, parsed to typed nodes."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID

from chassis.conditions import fields as known
from chassis.conditions import reading
from chassis.conditions.fields import Field
from chassis.conditions.kinds import CHANGES, OPERATORS, WITHOUT_VALUE, Operator
from chassis.conditions.values import Bound, Relative
from chassis.errors import Invalid
from chassis.money import Money

__all__ = ["EVERYTHING", "OPERATORS", "Group", "Operator", "Rule", "parse", "rules", "to_json"]

VERSION = 2
READABLE = (1, 2)  # version 1 had fewer operators and no types; what it says still holds
MAX_DEPTH = 8
MAX_RULES = 100

Path = tuple[str | int, ...]


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


def parse(json: Any, *, fields: Container[str], changes: bool = False, path: Path = ()) -> Group:
    """Return the tree that this JSON says.

    `fields` are the names that rules may use; a mapping to columns or Fields also says what they may be
    compared with. Rules on what `changes` are for places that know a record's state before. Raises Invalid
    with the path, from `path` on, of what is wrong.
    """
    if not isinstance(json, Mapping):
        raise Invalid("A condition is an object with combinator and rules", path=path)
    version = json.get("version", VERSION)
    if version not in READABLE or isinstance(version, bool):
        raise Invalid(
            f"Condition version {version!r} is not known; this installation knows {VERSION}",
            path=(*path, "version"),
        )
    return _Parser(fields, changes).group(json, path, depth=0, keys=(*_GROUP_KEYS, "version"))


def to_json(node: Group | Rule, *, top: bool = True) -> dict[str, Any]:
    """Return the stored form of a tree."""
    if isinstance(node, Rule):
        written = {"field": node.field, "operator": node.operator}
        return written if node.operator in WITHOUT_VALUE else {**written, "value": _plain(node.value)}
    written_group: dict[str, Any] = {
        "combinator": node.combinator,
        "rules": [to_json(rule, top=False) for rule in node.rules],
    }
    if node.negated:
        written_group["not"] = True
    return {"version": VERSION, **written_group} if top else written_group


def rules(node: Group | Rule) -> Iterator[Rule]:
    """Return every rule of a tree, in the order it is written."""
    if isinstance(node, Rule):
        yield node
    else:
        for inner in node.rules:
            yield from rules(inner)


def _plain(value: Any) -> Any:
    match value:
        case list() | tuple():
            return [_plain(one) for one in value]
        case Relative() | Bound():
            return value.to_json()
        case Money():
            return {"amount": str(value.amount), "currency": value.currency}
        case Enum():
            return value.value
        case Decimal() | UUID():
            return str(value)
        case date():
            return value.isoformat()
        case _:
            return value


_GROUP_KEYS = ("combinator", "rules", "not")
_RULE_KEYS = ("field", "operator", "value")


class _Parser:
    def __init__(self, fields: Container[str], changes: bool) -> None:
        self._fields = fields
        self._changes = changes
        self._seen = 0

    def group(
        self, json: Mapping[str, Any], path: Path, depth: int, keys: Sequence[str] = _GROUP_KEYS
    ) -> Group:
        _only(json, keys, path)
        if depth > MAX_DEPTH:
            raise Invalid(f"A condition nests at most {MAX_DEPTH} groups", path=path)
        combinator = json.get("combinator", "and")
        if combinator not in ("and", "or"):
            raise Invalid(f"combinator is {combinator!r}; use and, or", path=(*path, "combinator"))
        negated = json.get("not", False)
        if not isinstance(negated, bool):
            raise Invalid(f"not is {negated!r}; use true, false", path=(*path, "not"))
        inner = json.get("rules")
        if not isinstance(inner, Sequence) or isinstance(inner, str):
            raise Invalid("A group needs a list of rules", path=(*path, "rules"))
        nodes = tuple(self._node(rule, (*path, "rules", n), depth) for n, rule in enumerate(inner))
        return Group(combinator, nodes, negated=negated)

    def _node(self, json: Any, path: Path, depth: int) -> Rule | Group:
        if not isinstance(json, Mapping):
            raise Invalid("A rule is an object with field, operator and value", path=path)
        return self.group(json, path, depth + 1) if "rules" in json else self._rule(json, path)

    def _rule(self, json: Mapping[str, Any], path: Path) -> Rule:
        self._seen += 1
        if self._seen > MAX_RULES:
            raise Invalid(f"A condition has at most {MAX_RULES} rules", path=path)
        _only(json, _RULE_KEYS, path)
        name, field = self._field(json.get("field"), path)
        operator = self._operator(json.get("operator"), name, field, path)
        value = reading.value(field, name, operator, json.get("value"), (*path, "value"))
        return Rule(name, operator, value)

    def _field(self, given: Any, path: Path) -> tuple[str, Field]:
        name = known.canonical(self._fields, given) if isinstance(given, str) else ""
        field = known.field(self._fields, name)
        if field is None:
            raise Invalid(f"{given!r} is no field that can be compared here", path=(*path, "field"))
        return name, field

    def _operator(self, given: Any, name: str, field: Field, path: Path) -> Operator:
        allowed = [one for one in field.kind.operators if self._changes or one not in CHANGES]
        if given in allowed:
            operator: Operator = given
            return operator
        place = (*path, "operator")
        if given in CHANGES and given in field.kind.operators:
            raise Invalid(
                f"{given} needs to know a record's state before, which nothing here does", path=place
            )
        if given in OPERATORS:
            raise Invalid(
                f"{given} does not compare {name}, a {field.kind.name}; use {', '.join(allowed)}", path=place
            )
        raise Invalid(f"{given!r} is no operator; use {', '.join(allowed)}", path=place)


def _only(json: Mapping[str, Any], keys: Sequence[str], path: Path) -> None:
    for key in json:
        if key not in keys:
            raise Invalid(f"{key!r} says nothing here; use {', '.join(keys)}", path=(*path, str(key)))
