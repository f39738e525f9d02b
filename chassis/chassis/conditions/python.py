"""Conditions as Python functions, for events and records in memory."""

from collections.abc import Callable, Container, Mapping
from operator import ge, gt, le, lt
from typing import Any, Protocol

from chassis.conditions import fields as known
from chassis.conditions import kinds
from chassis.conditions.fields import Field
from chassis.conditions.kinds import NEGATIVE, OF_SEVERAL, WITHOUT_VALUE, Kind, Operator
from chassis.conditions.text import fold
from chassis.conditions.tree import Group, Rule
from chassis.conditions.values import Bound, Environment, Relative

Record = Mapping[str, Any]
Getter = Callable[[Record], Any]

NOTHING: Record = {}


class Predicate(Protocol):
    """Tells whether a record meets a condition; rules on what changed also look at its state before."""

    def __call__(self, record: Record, before: Record = ..., /) -> bool: ...


def compiled(
    node: Group | Rule, fields: Container[str] | None = None, environment: Environment | None = None
) -> Predicate:
    """Return a function that tells whether a record meets the condition; equal to `sql.where`.

    Without `fields` a record's values are compared as they are; with them values in JSON are read first.
    Relative dates and `me` are what the environment says at each call.
    """
    given = environment or Environment()
    if isinstance(node, Rule):
        field = known.require(fields, node.field) if fields is not None else Field(kinds.ANY)
        return _rule(node, field, given)
    parts = [compiled(rule, fields, given) for rule in node.rules]
    if not parts:
        return lambda record, before=NOTHING: not node.negated
    joined = _any(parts) if node.combinator == "or" else _all(parts)
    if node.negated:
        return lambda record, before=NOTHING: not joined(record, before)
    return joined


def _all(parts: list[Predicate]) -> Predicate:
    def decide(record: Record, before: Record = NOTHING) -> bool:
        for part in parts:  # noqa: SIM110 - `all` over a generator takes twice as long
            if not part(record, before):
                return False
        return True

    return parts[0] if len(parts) == 1 else decide


def _any(parts: list[Predicate]) -> Predicate:
    def decide(record: Record, before: Record = NOTHING) -> bool:
        for part in parts:  # noqa: SIM110 - as above
            if part(record, before):
                return True
        return False

    return parts[0] if len(parts) == 1 else decide


def _rule(rule: Rule, field: Field, environment: Environment) -> Predicate:
    get = _getter(rule.field, field)
    if rule.operator in ("changed", "changedTo", "changedFrom"):
        return _change(rule, get, environment)
    if not _varies(rule.value):
        return _comparison(rule.operator, get, rule.value, field.kind)

    def later(record: Record, before: Record = NOTHING) -> bool:
        return _comparison(rule.operator, get, environment.value(rule.value), field.kind)(record, before)

    return later


def _varies(value: Any) -> bool:
    return any(isinstance(one, Relative | Bound) for one in (value if isinstance(value, list) else [value]))


def _change(rule: Rule, get: Getter, environment: Environment) -> Predicate:
    def changed(record: Record, before: Record = NOTHING) -> bool:
        now, then = get(record), get(before)
        if now == then:
            return False
        match rule.operator:
            case "changedTo":
                return now is not None and bool(now == environment.value(rule.value))
            case "changedFrom":
                return then is not None and bool(then == environment.value(rule.value))
            case _:
                return True

    return changed


def _getter(name: str, field: Field) -> Getter:
    """Return what finds a field in a record: `a.b` is the field `b` of the record in `a`."""
    outer, _, inner = name.partition(".")
    if inner:
        get: Getter = lambda record: (record.get(outer) or NOTHING).get(inner)  # noqa: E731
    else:
        get = lambda record: record.get(name)  # noqa: E731
    return _reading(get, field) if field.json else get


def _reading(get: Getter, field: Field) -> Getter:
    def read(given: Any) -> Any:
        try:
            return field.read(given)
        except ValueError:  # what cannot be such a value is none
            return None

    def one(record: Record) -> Any:
        found = get(record)
        return None if found is None else read(found)

    def many(record: Record) -> Any:
        return [read(element) for element in get(record) or ()]

    return many if field.kind.many else one


def _comparison(operator: Operator, get: Getter, value: Any, kind: Kind) -> Predicate:
    if value is None and operator not in WITHOUT_VALUE:
        return lambda record, before=NOTHING: operator in NEGATIVE
    if kind is kinds.MONEY and operator in _OF_MONEY:
        return _OF_MONEY[operator](get, value)
    if operator in OF_SEVERAL and kind is not kinds.ANY:
        value = frozenset(value)
    return _COMPARISONS[operator](get, value)


Made = Callable[[Getter, Any], Predicate]


def _when(test: Callable[[Any, Any], bool]) -> Made:
    """A comparison that holds for no record without a value."""

    def make(get: Getter, value: Any) -> Predicate:
        def holds(record: Record, before: Record = NOTHING) -> bool:
            found = get(record)
            return found is not None and test(found, value)

        return holds

    return make


def _unless(made: Made) -> Made:
    """The opposite, which holds for records without a value too."""

    def make(get: Getter, value: Any) -> Predicate:
        holds = made(get, value)
        return lambda record, before=NOTHING: not holds(record)

    return make


def _equal(get: Getter, value: Any) -> Predicate:
    return lambda record, before=NOTHING: get(record) == value


def _is_empty(get: Getter, _: Any) -> Predicate:
    return lambda record, before=NOTHING: _empty(get(record))


def _empty(found: Any) -> bool:
    return found is None or found == "" or found == [] or found == {}


def _contains(get: Getter, value: Any) -> Predicate:
    folded = fold(value) if isinstance(value, str) else value

    def holds(record: Record, before: Record = NOTHING) -> bool:
        found = get(record)
        if isinstance(found, str):
            return folded in fold(found)
        return found is not None and value in found

    return holds


def _text(test: Callable[[str, str], bool]) -> Made:
    def make(get: Getter, value: Any) -> Predicate:
        folded = fold(value)

        def holds(record: Record, before: Record = NOTHING) -> bool:
            found = get(record)
            return found is not None and test(fold(found), folded)

        return holds

    return make


def _in_subtree(found: str, path: str) -> bool:
    return found == path or found.startswith(f"{path}-")


def _in_order(compare: Callable[[Any, Any], bool]) -> Made:
    """Amounts of another currency are neither more nor less."""
    return _when(
        lambda found, value: found.currency == value.currency and compare(found.amount, value.amount)
    )


def _between_amounts(get: Getter, value: Any) -> Predicate:
    lowest, highest = _OF_MONEY["gte"](get, value[0]), _OF_MONEY["lte"](get, value[1])
    return lambda record, before=NOTHING: lowest(record) and highest(record)


_OF_MONEY: dict[Operator, Made] = {
    "lt": _in_order(lt),
    "lte": _in_order(le),
    "gt": _in_order(gt),
    "gte": _in_order(ge),
    "between": _between_amounts,
}

_in = _when(lambda found, values: found in values)
_any_of = _when(lambda found, values: any(one in found for one in values))

_COMPARISONS: dict[Operator, Made] = {
    "eq": _equal,
    "ne": _unless(_equal),
    "in": _in,
    "notIn": _unless(_in),
    "lt": _when(lt),
    "lte": _when(le),
    "gt": _when(gt),
    "gte": _when(ge),
    "between": _when(lambda found, value: bool(value[0] <= found <= value[1])),
    "contains": _contains,
    "notContains": _unless(_contains),
    "startsWith": _text(str.startswith),
    "endsWith": _text(str.endswith),
    "inSubtree": _when(_in_subtree),
    "containsAny": _any_of,
    "containsAll": _when(lambda found, values: all(one in found for one in values)),
    "containsNone": _unless(_any_of),
    "isEmpty": _is_empty,
    "isNotEmpty": _unless(_is_empty),
}
