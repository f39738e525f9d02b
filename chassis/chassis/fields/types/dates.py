"""Days, instants, times of day, and lines of dated entries."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar

from chassis.fields.definition import Definition, Json, Language
from chassis.fields.types import settings
from chassis.fields.types.base import Compared, FieldType, Setting, refuse

_DAYS = (
    (re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})"), (3, 2, 1)),
    (re.compile(r"(\d{4})(\d{2})(\d{2})"), (1, 2, 3)),
)


def day(value: Any) -> date:
    """Return a calendar day written as ISO 8601 says."""
    try:
        return date.fromisoformat(settings.text(value, 10))
    except ValueError:
        refuse(f"{value!r} is no date; write it like 2026-03-01")


def instant(value: Any) -> datetime:
    """Return an instant in UTC, written with its offset."""
    try:
        found = datetime.fromisoformat(settings.text(value, 40))
        if found.tzinfo is None:
            refuse(f"{value!r} lacks its offset; write it like 2026-03-01T09:00:00+08:00")
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        refuse(f"{value!r} is no instant; write it like 2026-03-01T09:00:00+08:00")


class Day(FieldType):
    """A calendar day."""

    name = "date"
    description = "A calendar day."
    compares: ClassVar[Compared] = "date"
    may_be_unique = True
    settings: ClassVar[Mapping[str, Setting]] = {
        "min": settings.parsed("First day that is taken", day),
        "max": settings.parsed("Last day that is taken", day),
    }

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the day as ISO 8601 writes it."""
        found = day(value).isoformat()
        low, high = definition.settings.get("min", found), definition.settings.get("max", found)
        if not low <= found <= high:
            refuse(f"{found} is not within {low} and {high}")
        return found

    def parse(self, text: str, definition: Definition) -> Json:
        """Read 2026-11-22, 2026/11/22, 2026年11月22日, 22.11.2026 or 20261122."""
        for form, places in _DAYS:
            if parts := form.fullmatch(text.strip()):
                year, month, number = (int(parts[place]) for place in places)
                return self.validate(f"{year:04}-{month:02}-{number:02}", definition)
        refuse(f"{text[:50]!r} is no date; write it like 2026-03-01")

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Return it as it is written in the language."""
        if language == "en":
            return str(value)
        found = date.fromisoformat(value)
        return f"{found.year}年{found.month}月{found.day}日"


class Instant(FieldType):
    """An instant."""

    name = "datetime"
    description = "An instant with its offset; kept in UTC."
    compares: ClassVar[Compared] = "datetime"
    settings: ClassVar[Mapping[str, Setting]] = {
        "min": settings.parsed("First instant that is taken", instant),
        "max": settings.parsed("Last instant that is taken", instant),
    }

    def _bound(self, setting: Any) -> Any:
        return instant(setting)

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the instant in UTC."""
        found = instant(value)
        low, high = definition.settings.get("min"), definition.settings.get("max")
        if (low and found < instant(low)) or (high and found > instant(high)):
            refuse(f"{value} is not within {low or '…'} and {high or '…'}")
        return found.isoformat()

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Return it to the minute, with UTC said."""
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M} UTC"


class TimeOfDay(FieldType):
    """A time of day without a zone."""

    name = "time"
    description = "A time of day like 09:30."

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return hours and minutes, and seconds where there are any."""
        try:
            found = time.fromisoformat(settings.text(value, 8).strip().zfill(5))
        except ValueError:
            refuse(f"{value!r} is no time of day; write it like 09:30")
        return f"{found:%H:%M:%S}" if found.second else f"{found:%H:%M}"


class Timeline(FieldType):
    """Dated entries in their order."""

    name = "timeline"
    description = "Dated entries: a list of {date, text}."
    compares: ClassVar[Compared] = "nothing"
    settings: ClassVar[Mapping[str, Setting]] = {"max_count": settings.count(1, 200, "Most entries")}

    def validate(self, value: Json, definition: Definition) -> Json:
        """Return the entries from the earliest."""
        most = definition.settings.get("max_count", 50)
        if not isinstance(value, list) or len(value) > most:
            refuse(f"This is a list of at most {most} entries")
        entries = [self._entry(entry, place) for place, entry in enumerate(value)]
        return sorted(entries, key=lambda entry: entry["date"])

    def _entry(self, entry: Json, place: int) -> dict[str, str]:
        if not isinstance(entry, dict) or entry.keys() != {"date", "text"}:
            refuse('An entry is like {"date": "2026-03-01", "text": "Kick-off"}', place)
        return {"date": day(entry["date"]).isoformat(), "text": settings.text(entry["text"], 500).strip()}

    def parse(self, text: str, definition: Definition) -> Json:
        """Read entries between semicolons, each a date and a text."""
        parts = [part.strip().partition(" ") for part in re.split("[;；]", text) if part.strip()]
        return self.validate([{"date": when, "text": what} for when, _, what in parts], definition)

    def display(self, value: Json, definition: Definition, language: Language) -> str:
        """Return the entries one after the other."""
        return "; ".join(f"{entry['date']} {entry['text']}" for entry in value)


TYPES = (Day(), Instant(), TimeOfDay(), Timeline())
