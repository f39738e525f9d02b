"""The kinds of values that fields have: what compares them, and how their values are read from JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args
from uuid import UUID

from chassis.errors import Invalid
from chassis.money import Money

MOST_CHARACTERS = 1000
MOST_DIGITS = 40

Operator = Literal[
    "eq", "ne", "in", "notIn", "lt", "lte", "gt", "gte", "between",
    "contains", "notContains", "startsWith", "endsWith", "inSubtree",
    "containsAny", "containsAll", "containsNone", "isEmpty", "isNotEmpty",
    "changed", "changedTo", "changedFrom",
]  # fmt: skip
OPERATORS: tuple[Operator, ...] = get_args(Operator)

WITHOUT_VALUE: tuple[Operator, ...] = ("isEmpty", "isNotEmpty", "changed")
OF_SEVERAL: tuple[Operator, ...] = ("in", "notIn", "containsAny", "containsAll", "containsNone")
CHANGES: tuple[Operator, ...] = ("changed", "changedTo", "changedFrom")
# What also holds for a record without a value.
NEGATIVE: tuple[Operator, ...] = ("ne", "notIn", "notContains", "containsNone")

_PRESENCE: tuple[Operator, ...] = ("isEmpty", "isNotEmpty", "changed")
_EQUAL: tuple[Operator, ...] = ("eq", "ne", "in", "notIn", "changedTo", "changedFrom", *_PRESENCE)
_ORDER: tuple[Operator, ...] = ("lt", "lte", "gt", "gte", "between")
_TEXT: tuple[Operator, ...] = ("contains", "notContains", "startsWith", "endsWith", "inSubtree")
_LIST: tuple[Operator, ...] = ("contains", "notContains", "containsAny", "containsAll", "containsNone")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field holds. `read` makes a value out of JSON and raises ValueError saying what it wants.

    A field of `many` values is compared with one or several of them.
    """

    name: str
    operators: Sequence[Operator]
    read: Callable[[Any], Any]
    many: bool = False


def _text(given: Any) -> str:
    if not isinstance(given, str) or len(given) > MOST_CHARACTERS or "\x00" in given:
        raise ValueError(f"a text of at most {MOST_CHARACTERS} characters")
    try:
        given.encode()
    except UnicodeEncodeError:  # half a character
        raise ValueError("a text in Unicode") from None
    return given


def _number(given: Any) -> Decimal:
    try:
        if isinstance(given, bool) or not isinstance(given, int | float | str | Decimal):
            raise ValueError
        number = Decimal(str(given))
        if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
            raise ValueError
        if len(number.as_tuple().digits) > MOST_DIGITS:
            raise ValueError
    except (ValueError, InvalidOperation):
        raise ValueError(f'a number of at most {MOST_DIGITS} digits like 12.5 or "12.50"') from None
    return number


def _money(given: Any) -> Money:
    wanted = 'an amount like {"amount": "12.50", "currency": "CNY"}'
    if isinstance(given, Money):
        return given
    if not isinstance(given, Mapping) or set(given) != {"amount", "currency"}:
        raise ValueError(wanted)
    try:
        return Money(_number(given["amount"]), given["currency"])
    except (Invalid, ValueError, TypeError, InvalidOperation):
        raise ValueError(wanted) from None


def _date(given: Any) -> date:
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    try:
        return date.fromisoformat(given)
    except (ValueError, TypeError):
        raise ValueError('a day like "2026-03-01"') from None


def _datetime(given: Any) -> datetime:
    try:
        instant = given if isinstance(given, datetime) else datetime.fromisoformat(given)
        if instant.tzinfo is None:
            raise ValueError
        return instant.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise ValueError('an instant with its offset like "2026-03-01T09:00:00+08:00"') from None


def _boolean(given: Any) -> bool:
    if not isinstance(given, bool):
        raise ValueError("true or false")
    return given


def _id(given: Any) -> UUID:
    try:
        return given if isinstance(given, UUID) else UUID(given)
    except (ValueError, AttributeError, TypeError):
        raise ValueError("an id like 0199a1b2-…") from None


def _anything(given: Any) -> Any:
    return given


TEXT = Kind("text", (*_EQUAL, *_ORDER, *_TEXT), _text)
NUMBER = Kind("number", (*_EQUAL, *_ORDER), _number)
MONEY = Kind("money", (*_EQUAL, *_ORDER), _money)
DATE = Kind("day", (*_EQUAL, *_ORDER), _date)
DATETIME = Kind("instant", (*_EQUAL, *_ORDER), _datetime)
BOOLEAN = Kind("boolean", ("eq", "ne", "changedTo", "changedFrom", *_PRESENCE), _boolean)
CHOICE = Kind("choice", _EQUAL, _text)
ID = Kind("id", _EQUAL, _id)
TEXTS = Kind("list of texts", (*_LIST, *_PRESENCE), _text, many=True)
IDS = Kind("list of ids", (*_LIST, *_PRESENCE), _id, many=True)
ANY = Kind("value", OPERATORS, _anything)
