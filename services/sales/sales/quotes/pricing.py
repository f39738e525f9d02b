"""The arithmetic of offers: exact, rounded half up to 0.01."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from chassis.errors import Invalid
from chassis.money import Money

CENT = Decimal("0.01")
_HUNDRED = Decimal(100)
_MOST = Decimal(1_000_000_000)


@dataclass(frozen=True, slots=True)
class Priced:
    """A quantity of something: what it lists for and what we ask."""

    list_total: Decimal
    total: Decimal


def rounded(value: Decimal) -> Decimal:
    """Return the value with two places, half up."""
    return value.quantize(CENT, ROUND_HALF_UP)


def price_line(quantity: Decimal, list_price: Money, unit_price: Money, discount_percent: Decimal) -> Priced:
    """Return a line's figures; raise Invalid for what cannot be sold so."""
    if not 0 < quantity <= _MOST or quantity != round(quantity, 4):
        raise Invalid("A quantity is above zero and has at most four decimal places", path=("quantity",))
    if not 0 <= discount_percent <= _HUNDRED or discount_percent != round(discount_percent, 2):
        raise Invalid("A discount is between 0 and 100 percent, in steps of 0.01", path=("discountPercent",))
    if list_price.currency != unit_price.currency:
        raise Invalid(
            f"The list price is in {list_price.currency}; quote in the same currency", path=("unitPrice",)
        )
    unit_price.not_negative("unitPrice")
    asked = quantity * unit_price.amount * (_HUNDRED - discount_percent) / _HUNDRED
    return Priced(rounded(quantity * list_price.amount), rounded(asked))


def overall_discount(lines: Iterable[Priced]) -> Decimal:
    """Return the percent off the list price over all lines; below zero when we ask more."""
    figures = list(lines)
    list_total = sum((line.list_total for line in figures), Decimal(0))
    total = sum((line.total for line in figures), Decimal(0))
    if not list_total:
        return Decimal("0.00")
    return rounded((list_total - total) * _HUNDRED / list_total)
