"""How values are written in events and rpcs."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

from roundel.common.v1 import money_pb2


def money(amount: Decimal | None, currency: str | None) -> money_pb2.Money | None:
    """Return the amount as messages carry it, None when it is not known."""
    if amount is None or currency is None:
        return None
    return money_pb2.Money(amount=f"{amount:f}", currency=currency)


def text(value: UUID | date | str | None) -> str:
    """Return the value as messages carry it; empty when there is none."""
    return "" if value is None else str(value)


def optional_id(written: str) -> UUID | None:
    """Return the id in a message's field, None when the field is empty."""
    return UUID(written) if written else None


def moment(day: date, present: datetime) -> datetime:
    """Return when on a day something took place: now when it is today, else at its beginning."""
    return present if day == present.date() else datetime.combine(day, time(), UTC)
