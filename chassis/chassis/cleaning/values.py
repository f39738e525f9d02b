"""Days, instants, numbers and choices as people write them in tables."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chassis.errors import Invalid

HOME_ZONE = "Asia/Shanghai"  # of instants written without an offset
_YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"(\d{5})(\.\d+)?")
_CLOCK = re.compile(r"(\d{1,2})[:时](\d{1,2})分?(?::?(\d{1,2})(?:\.\d+)?秒?)?")
_SERIAL_START = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheets know no zones
_SERIALS = (10_000, 80_000)  # the years 1927 to 2119; other numbers of five digits are no days
_MONEY_SIGNS = re.compile(r"^(?:[¥$€£]|rmb|cny|usd|eur)\s*|\s*(?:元|rmb|cny|usd|eur)$", re.IGNORECASE)
_TIMES = {"万": 10_000, "亿": 100_000_000}
_YES = frozenset(("是", "有", "对", "yes", "y", "true", "t", "1", "√", "x"))
_NO = frozenset(("否", "无", "不", "no", "n", "false", "f", "0", "×"))
_BETWEEN = re.compile(r"[,，、;；|\n]")


def day(text: str, order: str = "") -> date:
    """Return the day of 2026-11-22, 2026/11/22, 22.11.2026, 2026年11月22日 or a spreadsheet's serial number.

    `order` (dmy or mdy) reads 03/04/2026, which without it is refused as ambiguous. Raises Invalid.
    """
    written = _plain(text)
    found = _day(written.split("T")[0].split(" ")[0], order)
    if found is None:
        raise Invalid(f"{text!r} is no day; write it like 2026-11-22")
    return found


def instant(text: str, order: str = "", zone: str = HOME_ZONE) -> datetime:
    """Return the instant of a day with or without a time, in UTC; without an offset it is of the zone."""
    written = _plain(text)
    try:
        here = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid(f"{zone!r} is no time zone; write it like Asia/Shanghai") from None
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        found = _moment(written, text, order)
    return (found if found.tzinfo else found.replace(tzinfo=here)).astimezone(UTC)


def number(text: str, decimal: str = ".") -> Decimal:
    """Return the number of 1,234.50, ¥1 234, 12% or 3.5万; `decimal` is the sign before the fraction.

    Raises Invalid.
    """
    written = _MONEY_SIGNS.sub("", _plain(text)).replace(" ", "").replace("'", "").replace("−", "-")
    times = Decimal(_TIMES.get(written[-1:], 1))
    written = written.rstrip("万亿")
    if written.endswith("%"):
        times, written = times / 100, written[:-1]
    if written.startswith("(") and written.endswith(")"):
        times, written = -times, written[1:-1]  # as bookkeepers write what is negative
    grouped = "," if decimal == "." else "."
    whole, _, fraction = written.partition(decimal)
    if grouped in whole and not re.fullmatch(rf"[+-]?\d{{1,3}}(?:\{grouped}\d{{3,4}})+", whole):
        raise Invalid(f"{text!r} is no number; write it like 1234.50")
    try:
        found = Decimal(f"{whole.replace(grouped, '')}.{fraction}") * times
    except InvalidOperation:
        raise Invalid(f"{text!r} is no number; write it like 1234.50") from None
    if not found.is_finite() or abs(found.adjusted()) > 30:
        raise Invalid(f"{text!r} is no number that can be kept")
    return found


def integer(text: str) -> int:
    """Return the whole number; raise Invalid when it has a fraction."""
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    found = number(text)
    if found != found.to_integral_value():
        raise Invalid(f"{text!r} is no whole number")
    return int(found)


def yes_or_no(text: str) -> bool:
    """Return what 是, 否, yes, no, true, false, 1 or 0 says; raise Invalid for others."""
    written = _plain(text).casefold()
    if written in _YES:
        return True
    if written in _NO:
        return False
    raise Invalid(f"{text!r} is neither yes nor no; write 是 or 否")


def choice(text: str, choices: Mapping[str, str]) -> str:
    """Return the choice that a text or a synonym of it means, in any case and width.

    `choices` maps folded spellings to choices, see `spellings`. Raises Invalid naming them.
    """
    found = choices.get(fold(text))
    if found is None:
        raise Invalid(f"{text!r} is none of {', '.join(sorted(set(choices.values())))}")
    return found


def spellings(synonyms: Mapping[str, str]) -> dict[str, str]:
    """Return what `choice` looks texts up in, given choices by their synonyms."""
    return {fold(each): chosen for written, chosen in synonyms.items() for each in (written, chosen)}


def parts(text: str) -> list[str]:
    """Return the elements of a list written in one cell, each once: 甲、乙;丙."""
    return list(dict.fromkeys(part for each in _BETWEEN.split(text) if (part := each.strip())))


def fold(text: str) -> str:
    """Return what equal spellings share: width, case, spaces and underscores do not count."""
    return re.sub(r"[\s_\-]+", "", unicodedata.normalize("NFKC", text)).casefold()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _day(written: str, order: str) -> date | None:
    if found := _YEAR_FIRST.fullmatch(written) or _COMPACT.fullmatch(written):
        year, month, of_month = (int(part) for part in found.groups())
    elif found := _YEAR_LAST.fullmatch(written):
        first, separator, second, last = found.groups()
        year, day_first = int(last), order == "dmy" or (not order and separator == ".")
        if not order and separator != "." and int(first) <= 12 and int(second) <= 12 and first != second:
            raise Invalid(
                f"{written!r} may be the {first}th of month {second} or the reverse; "
                "set the parameter order of the rule `date` to dmy or mdy"
            )
        if not order and separator != ".":
            day_first = int(first) > 12
        of_month, month = (int(first), int(second)) if day_first else (int(second), int(first))
    elif (found := _SERIAL.fullmatch(written)) and _SERIALS[0] <= int(found[1]) <= _SERIALS[1]:
        return (_SERIAL_START + timedelta(days=int(found[1]))).date()
    else:
        return None
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


def _moment(written: str, text: str, order: str) -> datetime:
    serial = _SERIAL.fullmatch(written)
    if serial and _SERIALS[0] <= int(serial[1]) <= _SERIALS[1]:
        seconds = round(float(serial[2] or 0) * 86_400)
        return _SERIAL_START + timedelta(days=int(serial[1]), seconds=seconds)
    first, _, second = written.partition(" ")
    of_day = _day(first, order)
    clock = _CLOCK.fullmatch(second) if second else None
    if of_day is None or (second and clock is None):
        raise Invalid(f"{text!r} is no instant; write it like 2026-11-22 09:30")
    hour, minute, second_of = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
    try:
        return datetime(of_day.year, of_day.month, of_day.day, hour, minute, second_of)  # noqa: DTZ001
    except ValueError:
        raise Invalid(f"{text!r} is no instant; write it like 2026-11-22 09:30") from None
