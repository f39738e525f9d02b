"""Money: exact, in one currency."""

from decimal import Decimal

import pytest

from chassis.errors import Invalid
from chassis.money import Money


def test_amounts_of_one_currency_add_exactly() -> None:
    assert Money(Decimal("0.1"), "CNY") + Money(Decimal("0.2"), "CNY") == Money(Decimal("0.3"), "CNY")


def test_amounts_of_two_currencies_do_not_add() -> None:
    with pytest.raises(Invalid, match="without a rate"):
        Money(Decimal(1), "CNY") + Money(Decimal(1), "USD")


@pytest.mark.parametrize(
    ("amount", "currency"), [("1", "yuan"), ("1", ""), ("1.00001", "CNY"), ("NaN", "CNY"), ("1e16", "CNY")]
)
def test_what_cannot_be_stored_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(Invalid):
        Money(Decimal(amount), currency)


def test_a_refused_sign_names_the_input() -> None:
    with pytest.raises(Invalid) as refused:
        Money(Decimal(-1), "CNY").not_negative("input", "budget")
    assert refused.value.path == ("input", "budget")
