"""Calendar days on which something happened."""

from datetime import UTC, date, datetime, time, timedelta

from chassis.database import now
from chassis.errors import Invalid


def happened_on(day: date | None, *path: str) -> date:
    """Return the day, today if none is given; raise Invalid when it is still to come."""
    today = now().date()
    if day is not None and day > today + timedelta(days=1):  # in the east it is tomorrow already
        raise Invalid(f"{day} is still to come", path=path)
    return day or today


def instant(day: date) -> datetime:
    """Return when something of this day happened: now if it is today, else as the day began."""
    present = now()
    return present if day >= present.date() else datetime.combine(day, time(), UTC)
