"""Reading a rule's value: of the type of its field, one or several, or known only later."""

from collections.abc import Mapping
from typing import Any, cast
from zoneinfo import ZoneInfo

from chassis.conditions import kinds
from chassis.conditions.fields import Field
from chassis.conditions.kinds import OF_SEVERAL, WITHOUT_VALUE, Operator
from chassis.conditions.values import ANCHORS, FURTHEST, NAMES, Bound, Relative, Unit
from chassis.errors import Invalid

MOST_VALUES = 1000

Path = tuple[str | int, ...]

_OF_TEXT = ("contains", "notContains", "startsWith", "endsWith", "inSubtree")


def value(field: Field, name: str, operator: Operator, given: Any, path: Path) -> Any:
    """Return what a rule compares a field with; raise Invalid, with the path, for what it cannot be."""
    if operator in WITHOUT_VALUE:
        if given is not None:
            raise Invalid(f"{operator} takes no value", path=path)
        return None
    if operator in OF_SEVERAL:
        return _several(field, name, operator, given, path)
    if operator == "between":
        if not isinstance(given, list) or len(given) != 2:
            raise Invalid("between needs two values, the lowest and the highest", path=path)
        return [_one(field, name, bound, (*path, n)) for n, bound in enumerate(given)]
    if field.kind is kinds.ANY and operator in _OF_TEXT and not isinstance(given, str):
        raise Invalid(f"{operator} needs a text", path=path)
    return _one(field, name, given, path)


def _several(field: Field, name: str, operator: Operator, given: Any, path: Path) -> list[Any]:
    if not isinstance(given, list):
        raise Invalid(f"{operator} needs a list of values", path=path)
    if len(given) > MOST_VALUES:
        raise Invalid(f"{operator} takes at most {MOST_VALUES} values", path=path)
    return [_one(field, name, one, (*path, n)) for n, one in enumerate(given)]


def _one(field: Field, name: str, given: Any, path: Path) -> Any:
    if given is None:
        raise Invalid(f"{name} is compared with nothing; use isEmpty or isNotEmpty", path=path)
    if isinstance(given, Mapping) and field.kind in (kinds.DATE, kinds.DATETIME) and "relative" in given:
        return _relative(given, path, day=field.kind is kinds.DATE)
    if isinstance(given, Mapping) and field.kind in (kinds.ID, kinds.IDS) and "bound" in given:
        return _bound(given, path)
    try:
        return field.read(given)
    except ValueError as wanted:
        shown = str(given)[:100]
        raise Invalid(f"{name} is compared with {wanted}, not {shown!r}", path=path) from None


def _bound(given: Mapping[str, Any], path: Path) -> Bound:
    if set(given) != {"bound"} or given["bound"] not in NAMES:
        raise Invalid(f"bound is {given['bound']!r}; use {', '.join(NAMES)}", path=path)
    return Bound(given["bound"])


def _relative(given: Mapping[str, Any], path: Path, *, day: bool) -> Relative:
    if not set(given) <= {"relative", "offset", "zone"} or given["relative"] not in ANCHORS:
        raise Invalid(
            f"A relative date is counted from one of {', '.join(ANCHORS)}, with an offset and a zone",
            path=(*path, "relative"),
        )
    zone = given.get("zone")
    if zone is not None and not _exists(zone):
        raise Invalid(f"{zone!r} is no time zone; use one like Asia/Shanghai", path=(*path, "zone"))
    offset = _offset(given.get("offset") or {}, (*path, "offset"))
    return Relative(given["relative"], offset, zone, day)


def _offset(given: Any, path: Path) -> tuple[tuple[Unit, int], ...]:
    if not isinstance(given, Mapping) or not set(given) <= set(FURTHEST):
        raise Invalid(f"An offset counts {', '.join(FURTHEST)}", path=path)
    for unit, count in given.items():
        furthest = FURTHEST[cast(Unit, unit)]
        if not isinstance(count, int) or isinstance(count, bool) or abs(count) > furthest:
            raise Invalid(f"{unit} is a whole number up to {furthest} either way", path=(*path, unit))
    return tuple((unit, given[unit]) for unit in FURTHEST if given.get(unit))


def _exists(zone: Any) -> bool:
    try:
        return isinstance(zone, str) and bool(ZoneInfo(zone))
    except (ValueError, OSError, LookupError):  # of a name that is none, or that leads out of the zones
        return False
