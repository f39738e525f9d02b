"""Business time: when work is done, and how much of it lies between two moments. Pure arithmetic."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from chassis.errors import Invalid

VERSION = 1
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_INTERVALS = 10
MOST_DATES = 2000
LOOK_AHEAD = timedelta(days=10 * 366)

Interval = tuple[timedelta, timedelta]  # from and to, since local midnight
Path = tuple[str | int, ...]

_NONE = timedelta()
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """Working hours of each weekday in a zone, the holidays, and the days with hours of their own."""

    zone: ZoneInfo
    week: tuple[tuple[Interval, ...], ...]
    holidays: frozenset[date]
    workdays: Mapping[date, tuple[Interval, ...]]

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """Return, in UTC, the first moment at which so much business time has passed since the start.

        Raises Invalid for less than nothing, and when the calendar holds too little of it within ten years.
        """
        if duration < _NONE:
            raise Invalid("Business time is added forwards only")
        if not duration:
            return start.astimezone(UTC)
        left = duration
        for opens, closes in self._open(start, start + LOOK_AHEAD):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        raise Invalid(f"This calendar has less than {duration} of working time in the coming ten years")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much business time lies between two moments, below zero when the end is before.

        Raises Invalid for more than ten years.
        """
        if end < start:
            return -self.between(end, start)
        if end - start > LOOK_AHEAD:
            raise Invalid("Business time is measured over at most ten years")
        return sum((closes - opens for opens, closes in self._open(start, end)), _NONE)

    def _open(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open stretches between two moments, in UTC: what passes there on a day when clocks change."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        reached = start
        while day <= last:
            for opens, closes in self._hours(day):
                since = max(reached, self._instant(day, opens))  # hours that a change of clocks folds over
                until = min(end, self._instant(day, closes))  # one another count once
                if since < until:
                    yield since, until
                    reached = until
            day += _DAY

    def _hours(self, day: date) -> tuple[Interval, ...]:
        own = self.workdays.get(day)
        if own is not None:
            return own
        return () if day in self.holidays else self.week[day.weekday()]

    def _instant(self, day: date, since_midnight: timedelta) -> datetime:
        local = datetime.combine(day, time()) + since_midnight
        return local.replace(tzinfo=self.zone).astimezone(UTC)


def parse(json: Any, *, path: Path = ()) -> Calendar:
    """Return the calendar that this JSON says; raise Invalid with the path of what is wrong.

    {"version": 1, "zone": "Asia/Shanghai", "week": {"mon": [["09:00", "12:00"], ["13:00", "18:00"]]},
    "holidays": ["2026-01-01"], "workdays": {"2026-02-14": [["09:00", "17:00"]]}}; a day without hours
    is closed, and `workdays` come before all else.
    """
    if not isinstance(json, Mapping) or not set(json) <= {"version", "zone", "week", "holidays", "workdays"}:
        raise Invalid("A calendar is an object with zone, week, holidays and workdays", path=path)
    if json.get("version", VERSION) != VERSION:
        raise Invalid(
            f"Calendar version {json['version']!r} is not known; this installation knows {VERSION}",
            path=(*path, "version"),
        )
    calendar = Calendar(
        zone=_zone(json.get("zone"), (*path, "zone")),
        week=_week(json.get("week"), (*path, "week")),
        holidays=frozenset(_dates(json.get("holidays", []), list, (*path, "holidays"))),
        workdays=_workdays(json.get("workdays", {}), (*path, "workdays")),
    )
    if not any(calendar.week):
        raise Invalid("A calendar needs working hours on some weekday", path=(*path, "week"))
    return calendar


def to_json(calendar: Calendar) -> dict[str, Any]:
    """Return the stored form of a calendar."""
    return {
        "version": VERSION,
        "zone": calendar.zone.key,
        "week": {day: _written(hours) for day, hours in zip(DAYS, calendar.week, strict=True) if hours},
        "holidays": [day.isoformat() for day in sorted(calendar.holidays)],
        "workdays": {day.isoformat(): _written(calendar.workdays[day]) for day in sorted(calendar.workdays)},
    }


def _written(hours: tuple[Interval, ...]) -> list[list[str]]:
    return [[_clock(opens), _clock(closes)] for opens, closes in hours]


def _clock(since_midnight: timedelta) -> str:
    hours, minutes = divmod(since_midnight // timedelta(minutes=1), 60)
    return f"{hours:02}:{minutes:02}"


def _zone(given: Any, path: Path) -> ZoneInfo:
    try:
        return ZoneInfo(given)
    except (ValueError, OSError, LookupError, TypeError, AttributeError):
        raise Invalid(f"{given!r} is no time zone; use one like Asia/Shanghai", path=path) from None


def _week(given: Any, path: Path) -> tuple[tuple[Interval, ...], ...]:
    if not isinstance(given, Mapping) or not set(given) <= set(DAYS):
        raise Invalid(f"A week has hours for {', '.join(DAYS)}", path=path)
    return tuple(_intervals(given.get(day, []), (*path, day)) for day in DAYS)


def _workdays(given: Any, path: Path) -> dict[date, tuple[Interval, ...]]:
    days = _dates(given, Mapping, path)
    return {day: _intervals(given[written], (*path, written)) for day, written in days.items()}


def _dates(given: Any, kind: type[Any], path: Path) -> dict[date, Any]:
    if not isinstance(given, kind) or len(given) > MOST_DATES:
        raise Invalid(f"{path[-1]} holds at most {MOST_DATES} days", path=path)
    return {_date(one, path): one for one in given}


def _date(given: Any, path: Path) -> date:
    try:
        return date.fromisoformat(given)
    except (ValueError, TypeError):
        raise Invalid(f"{given!r} is no day; write it like 2026-01-01", path=path) from None


def _intervals(given: Any, path: Path) -> tuple[Interval, ...]:
    if not isinstance(given, list) or len(given) > MOST_INTERVALS:
        raise Invalid(
            f'The hours of a day are at most {MOST_INTERVALS} pairs like ["09:00", "12:00"]', path=path
        )
    hours = tuple(_interval(one, (*path, number)) for number, one in enumerate(given))
    for number, (one, following) in enumerate(pairwise(hours), 1):
        if following[0] < one[1]:
            raise Invalid("The hours of a day come one after the other", path=(*path, number))
    return hours


def _interval(given: Any, path: Path) -> Interval:
    try:
        opens, closes = (_since_midnight(one) for one in given)
        if opens < closes:
            return opens, closes
    except (ValueError, TypeError, AttributeError):
        pass
    raise Invalid(f'{given!r} are no hours; write them like ["09:00", "12:00"], up to "24:00"', path=path)


def _since_midnight(written: str) -> timedelta:
    if written == "24:00":
        return _DAY
    clock = datetime.strptime(written, "%H:%M")  # noqa: DTZ007 - a time of day, in no zone yet
    return timedelta(hours=clock.hour, minutes=clock.minute)
