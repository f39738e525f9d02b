"""Numbers: whole and exact, money, percent, ratings, lengths of time, bands."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import Boolean, ColumnElement, String, case, func, literal
from sqlalchemy import Integer as WholeNumber
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.conditions import kinds
from chassis.conditions.fields import Field, MoneyColumns
from chassis.errors import Invalid
from chassis.fields.definition import Definition, Json, Language
from chassis.fields.types import settings
from chassis.fields.types.base import Compared, FieldType, Setting, refuse, within
from chassis.money import Money as Amount

_BAND = re.compile(r"\s*([0-9.]+)\s*(?:[-–~]\s*([0-9.]+)|\+)\s*")
_LENGTH = re.compile(
    r"P?(?:(?P<d>\d+)\s*(?:d|天))?\s*T?\s*(?:(?P<h>\d+)\s*(?:h|小时))?\s*"
    r"(?:(?P<m>\d+)\s*(?:min|m|分钟|分))?\s*(?:(?P<s>\d+)\s*(?:s|秒))?",
    re.IGNORECASE,
)
_UNITS = (("d", 86_400, "天"), ("h", 3_600, "小时"), ("min", 60, "分钟"), ("s", 1, "秒"))


def _plain(text: str) -> str:
    """Return a number as a table writes it, without separators and signs of currency."""
    return re.sub(r"[,，\s¥￥$€%％]", "", text)


class Number(FieldType):
    """An exact number; kept as text, since JSON's numbers lose digits."""

    name = "decimal"
    description = "An exact number."
    compares: ClassVar[Compared] = "number"
    digits: ClassVar[int] = 4
    settings: ClassVar[Mapping[str, Setting]] = {
        "min": settings.exact("Smallest number"),
        "max": settings.exact("Largest number"),
        "digits": settings.count(0, 10, "Digits after the point, 4 if not said"),
    }

    def _bound(self, setting: Any) -> Any:
        return settings.number(setting)

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the number as text; raise Invalid outside the bounds or with too many digits."""
        return settings.written(self._number(value, definition))

    def _number(self, value: Json, definition: Definition) -> Decimal:
        found = settings.number(value)
        digits = definition.settings.get("digits", self.digits)
        if -int(found.normalize().as_tuple().exponent) > digits:
            refuse(f"{value} has more than {digits} digits after the point")
        low, high = definition.settings.get("min"), definition.settings.get("max")
        if (low is not None and found < settings.number(low)) or (
            high is not None and found > settings.number(high)
        ):
            refuse(f"{value} is not within {low if low is not None else '…'} and {high or '…'}")
        return found

    def parse(self, text: str, definition: Definition) -> Json:
        """Read a number with separators of thousands."""
        return self.validate(_plain(text), definition)

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Separate the thousands."""
        return f"{Decimal(str(value)):,f}"


class Integer(Number):
    """A whole number."""

    name = "integer"
    description = "A whole number."
    may_be_unique = True
    digits = 0
    settings: ClassVar[Mapping[str, Setting]] = {
        "min": settings.exact("Smallest number"),
        "max": settings.exact("Largest number"),
    }

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the number; raise Invalid outside the bounds."""
        found = self._number(value, definition)
        if abs(found) > 2**53:
            refuse(f"{value} is too large to be kept exactly; use a decimal field")
        return int(found)


class Percent(Number):
    """So many of a hundred."""

    name = "percent"
    description = "A percentage; 12.5 means 12.5 %."

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Add the sign."""
        return f"{value}%"


class Money(Number):
    """An amount in a currency; lists are sorted by the amounts, whatever their currency."""

    name = "money"
    description = "An amount with its currency: {amount, currency}."
    compares: ClassVar[Compared] = "money"
    settings: ClassVar[Mapping[str, Setting]] = {
        "min": settings.exact("Smallest amount"),
        "max": settings.exact("Largest amount"),
        "currencies": settings.names(
            "Currencies that may be given (ISO 4217); the first is taken in imports"
        ),
    }

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return amount and currency."""
        if not isinstance(value, dict) or value.keys() != {"amount", "currency"}:
            refuse('Money is like {"amount": "12.50", "currency": "CNY"}')
        currency = settings.text(value["currency"], 3).upper()
        if not re.fullmatch("[A-Z]{3}", currency):
            refuse(f"{currency!r} is no currency; write its ISO 4217 code, for example CNY", "currency")
        if known := definition.settings.get("currencies"):
            settings.one_of(currency, known)
        return {"amount": settings.written(self._number(value["amount"], definition)), "currency": currency}

    def parse(self, text: str, definition: Definition) -> Json:
        """Read an amount with its currency before or after it, or in the field's first currency."""
        code = re.search("[A-Za-z]{3}", text)
        first = definition.settings.get("currencies", ["CNY"])[0]
        amount = _plain(re.sub("[A-Za-z]{3}", "", text))
        return self.validate({"amount": amount, "currency": code[0] if code else first}, definition)

    def plain(self, value: Json) -> Json:
        """Compare the amount."""
        return value["amount"]

    def comparable(self, value: Json, definition: Definition) -> Any:
        """Return the money."""
        return None if value is None else Amount(Decimal(value["amount"]), value["currency"])

    def field(self, custom: ColumnElement[Any], definition: Definition) -> Field:
        """Compare amounts of one currency."""
        currency = within(custom, definition.key, "currency")
        if definition.default is not None:
            there = custom.op("?", return_type=Boolean())(definition.key)
            currency = case((there, currency), else_=literal(definition.default["currency"]))
        return Field(kinds.MONEY, MoneyColumns(self.expression(custom, definition), currency))

    def text_of(self, custom: ColumnElement[Any], definition: Definition) -> ColumnElement[Any]:
        """Return the amount."""
        return within(custom, definition.key, "amount")

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Return currency and amount."""
        return f"{value['currency']} {Decimal(value['amount']):,.2f}"


class Rating(Integer):
    """So many stars."""

    name = "rating"
    description = "Stars from 1 upwards."
    may_be_unique = False
    settings: ClassVar[Mapping[str, Setting]] = {"stars": settings.count(2, 10, "Most stars, 5 if not said")}

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return how many."""
        found, most = int(self._number(value, definition)), definition.settings.get("stars", 5)
        if not 1 <= found <= most:
            refuse(f"{value} is not within 1 and {most} stars")
        return found

    def parse(self, text: str, definition: Definition) -> Json:
        """Read a number or stars."""
        return self.validate(text.count("★") or _plain(text), definition)

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Draw them."""
        stars: int = definition.settings.get("stars", 5)
        return "★" * int(value) + "☆" * (stars - int(value))


class Duration(FieldType):
    """How long something takes, in seconds."""

    name = "duration"
    description = "A length of time: seconds, or a text like 2h 30min or PT2H30M."
    compares: ClassVar[Compared] = "number"
    settings: ClassVar[Mapping[str, Setting]] = {
        "min": settings.count(0, 10**9, "Fewest seconds"),
        "max": settings.count(0, 10**9, "Most seconds"),
    }

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the seconds."""
        found = self._seconds(value) if isinstance(value, str) else settings.whole(value)
        low, high = definition.settings.get("min", 0), definition.settings.get("max", 10**9)
        if not low <= found <= high:
            refuse(f"{found} seconds are not within {low} and {high}")
        return found

    def _seconds(self, written: str) -> int:
        if written.strip().isascii() and written.strip().isdigit() and len(written) < 12:
            return int(written)
        parts = _LENGTH.fullmatch(settings.text(written, 50).strip())
        if parts is None or not any(parts.groupdict().values()):
            refuse(f"{written!r} is no length of time; write it like 2h 30min")
        seconds = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
        return sum(int(number or 0) * seconds[unit] for unit, number in parts.groupdict().items())

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Return days, hours, minutes and seconds, as far as there are any."""
        parts, left = [], int(value)
        for unit, seconds, chinese in _UNITS:
            many, left = divmod(left, seconds)
            if many:
                parts.append(f"{many} {chinese if language == 'zh' else unit}")
        return " ".join(parts) or ("0 秒" if language == "zh" else "0 s")


def limits(band: str) -> tuple[Decimal, Decimal | None]:
    """Return where a band begins and before which number it ends; raise Invalid for what is none."""
    parts = _BAND.fullmatch(band)
    if parts is None:
        refuse(f"{band!r} is no band; write it like 50-200 or 200+")
    low, high = settings.number(parts[1]), settings.number(parts[2]) if parts[2] else None
    if high is not None and low >= high:
        refuse(f"The band {band} ends before it begins")
    return low, high


def _bands(value: Any) -> list[str]:
    found: list[str] = settings.names("").check(value)
    reached = Decimal("-Infinity")
    for index, band in enumerate(found):
        try:
            low, high = limits(band)
        except Invalid as error:
            refuse(error.message, index)
        if low < reached:
            refuse(f"The band {band} overlaps the one before it", index)
        reached = high if high is not None else Decimal("Infinity")
    return found


class NumberBand(FieldType):
    """One of several ranges of numbers; sorted from the lowest."""

    name = "number_band"
    description = "A range like 0-50, 50-200 or 200+; a number chooses its own."
    settings: ClassVar[Mapping[str, Setting]] = {
        "bands": Setting("The bands from the lowest, for example 0-50, 50-200, 200+", _bands, required=True)
    }

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the band."""
        bands = definition.settings["bands"]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._band_of(settings.number(value), bands)
        return settings.one_of(value, bands)

    def parse(self, text: str, definition: Definition) -> Json:
        """Read a band, or a number within one."""
        bands: list[str] = definition.settings["bands"]
        clean = text.strip().replace("–", "-").replace("~", "-")
        if clean in bands:
            return str(clean)
        return self._band_of(settings.number(_plain(clean)), bands)

    def _band_of(self, number: Decimal, bands: list[str]) -> str:
        for band in bands:
            low, high = limits(band)
            if low <= number and (high is None or number < high):
                return band
        refuse(f"{number} is in none of the bands {', '.join(bands)}")

    def order(self, custom: ColumnElement[Any], definition: Definition) -> ColumnElement[Any]:
        """Return the band's place."""
        bands = literal(definition.settings["bands"], ARRAY(String))
        return func.array_position(bands, self.expression(custom, definition), type_=WholeNumber())


TYPES = (Number(), Integer(), Percent(), Money(), Rating(), Duration(), NumberBand())
