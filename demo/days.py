"""Days of the demonstration's two years; nothing happens after yesterday."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random


def before(today: date, days: int) -> date:
    """Return the day this many days ago, at least yesterday."""
    return today - timedelta(days=max(days, 1))


def later(day: date, rng: Random, least: int, most: int) -> date:
    """Return a day after this one."""
    return day + timedelta(days=rng.randint(least, most))


def moment(day: date, rng: Random) -> datetime:
    """Return a moment in the office hours of that day in China."""
    return datetime.combine(day, time(rng.randint(1, 9), rng.randint(0, 59)), UTC)


def happened(day: date, today: date) -> date | None:
    """Return the day if it is in the past, else None."""
    return day if day < today else None
