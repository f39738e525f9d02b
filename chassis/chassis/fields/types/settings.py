"""How settings of definitions are checked."""

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import re2

from chassis.fields.definition import Json
from chassis.fields.types.base import Setting, refuse

MOST_OPTIONS = 1000
LONGEST_OPTION = 100
LONGEST_PATTERN = 200
MOST_LEVELS = 6


def number(value: Any) -> Decimal:
    """Return an exact number; raise Invalid for anything else."""
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise InvalidOperation
        found = Decimal(str(value).strip())
        if not found.is_finite() or len(found.as_tuple().digits) > 30 or abs(found.adjusted()) > 30:
            raise InvalidOperation
    except InvalidOperation:
        refuse(f"{str(value)[:50]!r} is no number")
    return found


def written(value: Decimal) -> str:
    """Return the one way in which a number is stored."""
    return f"{value.normalize():f}" if value else "0"


def text(value: Any, longest: int) -> str:
    """Return a text of bounded length without control characters but tab and newline."""
    if not isinstance(value, str):
        refuse(f"{str(value)[:50]!r} is no text")
    if len(value) > longest:
        refuse(f"A text here has at most {longest} characters, not {len(value)}")
    if any(ord(each) < 32 and each not in "\t\n\r" for each in value) or "\x7f" in value:
        refuse("The text contains a character that is no text")
    return value


def whole(value: Any) -> int:
    """Return a whole number; raise Invalid for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        refuse(f"{str(value)[:50]!r} is no whole number")
    return value


def count(low: int, high: int, description: str, *, required: bool = False) -> Setting:
    """Return a setting that is a whole number in these bounds."""

    def check(value: Any) -> int:
        if not low <= whole(value) <= high:
            refuse(f"{value} is not within {low} and {high}")
        return int(value)

    return Setting(f"{description} (a whole number from {low} to {high})", check, required)


def exact(description: str) -> Setting:
    """Return a setting that is an exact number, kept as text."""
    return Setting(f"{description} (a number)", lambda value: written(number(value)))


def flag(description: str) -> Setting:
    """Return a setting that is true or false."""

    def check(value: Any) -> bool:
        if not isinstance(value, bool):
            refuse(f"{str(value)[:50]!r} is neither true nor false")
        return value

    return Setting(f"{description} (true or false)", check)


def parsed(description: str, read: Callable[[Any], Any]) -> Setting:
    """Return a setting that is a text which `read` takes."""

    def check(value: Any) -> str:
        read(text(value, LONGEST_OPTION))
        return str(value)

    return Setting(description, check)


def names(description: str, *, most: int = 100) -> Setting:
    """Return a setting that is a list of distinct short texts."""

    def check(value: Any) -> list[str]:
        if not isinstance(value, list) or not 1 <= len(value) <= most:
            refuse(f"This is a list of 1 to {most} texts")
        found = [text(each, LONGEST_OPTION).strip() for each in value]
        if len(set(found)) != len(found) or not all(found):
            refuse("The texts are distinct and not empty")
        return found

    return Setting(f"{description} (a list of texts)", check)


def pattern(description: str) -> Setting:
    """Return a setting that is a regular expression in RE2's syntax."""

    def check(value: Any) -> str:
        options = re2.Options()
        options.max_mem, options.log_errors = 1 << 20, False
        try:
            re2.compile(text(value, LONGEST_PATTERN), options)
        except re2.error as error:
            refuse(f"{value!r} is no regular expression: {error}")
        return str(value)

    return Setting(f"{description} (a regular expression in RE2's syntax, for the whole text)", check)


def options(*, levels: int = 1) -> Setting:
    """Return a setting that lists what can be chosen, in a tree when there are several levels.

    An option is a text, or {value, zh, en, retired, children}; values are kept as they are, labels are shown.
    """
    described = "What can be chosen: a list of {value, zh, en, retired"
    described += ", children}" if levels > 1 else "}"
    return Setting(described, lambda value: _options(value, levels), required=True)


def _options(given: Any, levels: int) -> list[dict[str, Json]]:
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_OPTIONS:
        refuse(f"There are 1 to {MOST_OPTIONS} options in a list")
    found = [_option(each, levels, index) for index, each in enumerate(given)]
    values = [each["value"] for each in found]
    if twice := next((value for value in values if values.count(value) > 1), None):
        refuse(f"The option {twice!r} is there twice")
    return found


def _option(given: Any, levels: int, index: int) -> dict[str, Json]:
    option = {"value": given} if isinstance(given, str) else given
    if not isinstance(option, dict) or not option.keys() <= {"value", "zh", "en", "retired", "children"}:
        refuse("An option is a text or has value, zh, en, retired, children", index)
    value = text(option.get("value"), LONGEST_OPTION).strip()
    if not value or (levels > 1 and "-" in value):
        refuse("An option's value is not empty, and in a tree has no hyphen, which joins the levels", index)
    kept: dict[str, Json] = {"value": value}
    for language in ("zh", "en"):
        if option.get(language):
            kept[language] = text(option[language], LONGEST_OPTION)
    if option.get("retired"):
        kept["retired"] = True
    if option.get("children"):
        if levels < 2:
            refuse("Options nest no deeper here", index)
        kept["children"] = _options(option["children"], levels - 1)
    return kept


def one_of(value: Any, known: Sequence[str]) -> str:
    """Return the value; raise Invalid unless it is one of these."""
    if value not in known:
        shown = ", ".join(known[:20]) + (" …" if len(known) > 20 else "")
        refuse(f"{str(value)[:50]!r} is not one of: {shown}")
    return str(value)
