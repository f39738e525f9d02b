"""Amounts of money: exact, in one currency, never added across currencies."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from chassis.errors import Invalid

_CURRENCY = re.compile(r"[A-Z]{3}")
_LARGEST = Decimal("999999999999999.9999")
_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency (ISO 4217), at most four decimal places.

    Raises Invalid when either is not storable.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not _CURRENCY.fullmatch(self.currency):
            raise Invalid(f"{self.currency!r} is no currency code; use three letters like CNY")
        if not self.amount.is_finite() or not -_LARGEST <= self.amount <= _LARGEST:
            raise Invalid(f"{self.amount} is no amount of money")
        if self.amount != self.amount.quantize(_STEP):
            raise Invalid(f"{self.amount} has more than four decimal places")

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing, in this currency."""
        return cls(Decimal(0), currency)

    def __add__(self, other: Self) -> Self:
        self._same_currency(other)
        return type(self)(self.amount + other.amount, self.currency)

    def __sub__(self, other: Self) -> Self:
        self._same_currency(other)
        return type(self)(self.amount - other.amount, self.currency)

    def _same_currency(self, other: Self) -> None:
        if other.currency != self.currency:
            raise Invalid(f"{self.currency} and {other.currency} cannot be added without a rate and a date")

    def not_negative(self, *path: str) -> Self:
        """Return itself; raise Invalid naming the input's `path` when it is below zero."""
        if self.amount < 0:
            raise Invalid(f"{'.'.join(path)} must not be negative, but is {self.amount}", path=path)
        return self

    def positive(self, *path: str) -> Self:
        """Return itself; raise Invalid naming the input's `path` when it is not above zero."""
        if self.amount <= 0:
            raise Invalid(f"{'.'.join(path)} must be above zero, but is {self.amount}", path=path)
        return self
