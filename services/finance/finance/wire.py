"""Money in messages and sentences."""

from decimal import Decimal, InvalidOperation

from chassis.errors import Invalid
from chassis.money import Money
from roundel.common.v1 import money_pb2 as pb


def read(written: pb.Money) -> Money:
    """Return the amount; raise Invalid when it is none."""
    try:
        return Money(Decimal(written.amount), written.currency)
    except InvalidOperation:
        raise Invalid(f"{written.amount!r} is no amount of money") from None


def write(money: Money) -> pb.Money:
    """Return the amount as messages carry it."""
    return pb.Money(amount=plain(money.amount), currency=money.currency)


def plain(amount: Decimal) -> str:
    """Return an amount as text without trailing zeros, so that equal amounts read alike."""
    return f"{amount.normalize():f}" if amount else "0"
