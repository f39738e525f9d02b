"""Values that are known only when a condition is evaluated: relative dates, and who is asking."""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, get_args
from typing import Literal as OneOf
from zoneinfo import ZoneInfo

Anchor = OneOf["now", "today", "startOfWeek", "startOfMonth", "startOfQuarter", "startOfYear"]
ANCHORS: tuple[Anchor, ...] = get_args(Anchor)
Unit = OneOf["years", "months", "weeks", "days", "hours", "minutes"]
# a hundred years in each unit: enough for anybody, and always within the calendar
FURTHEST: Mapping[Unit, int] = {
    "years": 100, "months": 1_200, "weeks": 5_200, "days": 36_500, "hours": 876_000, "minutes": 52_560_000,
}  # fmt: skip

Name = OneOf["me", "myTeam"]
NAMES: tuple[Name, ...] = get_args(Name)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Environment:
    """What is known when a condition is evaluated; `bound` tells who `me` and `myTeam` are."""

    clock: Callable[[], datetime] = _now
    zone: tzinfo = UTC
    bound: Mapping[str, Any] = field(default_factory=dict)

    def value(self, given: Any) -> Any:
        """Return what a rule's value stands for now; None when it stands for nothing."""
        if isinstance(given, list | tuple):
            return [found for one in given if (found := self.value(one)) is not None]
        if isinstance(given, Relative):
            return given.at(self.clock(), self.zone)
        return self.bound.get(given.name) if isinstance(given, Bound) else given


@dataclass(frozen=True, slots=True)
class Bound:
    """Whoever is asking (`me`), or that person's team."""

    name: Name

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"bound": self.name}


@dataclass(frozen=True, slots=True)
class Relative:
    """A day or an instant counted from now.

    The calendar's units are added on the wall clock of the zone, hours and minutes as they pass.
    """

    anchor: Anchor
    offset: tuple[tuple[Unit, int], ...] = ()
    zone: str | None = None
    day: bool = False

    def at(self, now: datetime, zone: tzinfo) -> datetime | date:
        """Return the day, or the instant in UTC, that this means at a moment; `zone` where it names none."""
        where = ZoneInfo(self.zone) if self.zone else zone
        offset = dict(self.offset)
        moved = _moved(_anchored(now.astimezone(where), self.anchor), offset)
        exact = timedelta(hours=offset.get("hours", 0), minutes=offset.get("minutes", 0))
        if self.day:
            return (moved + exact).date()
        return moved.astimezone(UTC) + exact

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        written: dict[str, Any] = {"relative": self.anchor}
        if self.offset:
            written["offset"] = dict(self.offset)
        return written | ({"zone": self.zone} if self.zone else {})


def _anchored(now: datetime, anchor: Anchor) -> datetime:
    if anchor == "now":
        return now
    day = now.date()
    match anchor:
        case "startOfWeek":
            day -= timedelta(days=day.weekday())
        case "startOfMonth":
            day = day.replace(day=1)
        case "startOfQuarter":
            day = day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "startOfYear":
            day = day.replace(month=1, day=1)
    return datetime.combine(day, time(), now.tzinfo)


def _moved(moment: datetime, offset: Mapping[Unit, int]) -> datetime:
    months = moment.year * 12 + moment.month - 1 + 12 * offset.get("years", 0) + offset.get("months", 0)
    year, month = divmod(months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    moved = moment.replace(year=year, month=month + 1, day=day)
    return moved + timedelta(weeks=offset.get("weeks", 0), days=offset.get("days", 0))
