"""How a contract's total is split into instalments, to the last cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chassis.errors import Invalid
from chassis.money import Money
from sales.quotes.pricing import rounded

MOST = 100
DAYS_TO_PAY = 30


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the total: a percentage or an amount."""

    name: str
    percent: Decimal | None = None
    amount: Money | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be paid when; `due_on` is empty when it follows from the signature."""

    name: str
    amount: Decimal
    due_on: date | None


def split(total: Money, shares: Sequence[Share]) -> list[Part]:
    """Return instalments that add up to the total; one of it all when no shares are given.

    Percentages are rounded such that nothing is lost. Raises Invalid when they do not make 100, or
    amounts not the total.
    """
    if not shares:
        return [Part("Full payment", total.amount, None)]
    if len(shares) > MOST:
        raise Invalid(f"A contract has at most {MOST} instalments", path=("input", "instalments"))
    for place, share in enumerate(shares):
        if not share.name.strip():
            raise Invalid("An instalment needs a name", path=("input", "instalments", place, "name"))
    if all(share.percent is not None and share.amount is None for share in shares):
        return _by_percent(total, shares)
    if all(share.amount is not None and share.percent is None for share in shares):
        return _by_amount(total, shares)
    raise Invalid("Give every instalment a percentage, or every one an amount", path=("input", "instalments"))


def _by_percent(total: Money, shares: Sequence[Share]) -> list[Part]:
    percents = [share.percent or Decimal(0) for share in shares]
    if any(percent <= 0 for percent in percents) or sum(percents) != 100:
        raise Invalid(
            f"Percentages are above zero and make 100, not {sum(percents)}", path=("input", "instalments")
        )
    parts = []
    paid = reached = Decimal(0)
    for share, percent in zip(shares, percents, strict=True):
        reached += percent
        until = total.amount if reached == 100 else rounded(total.amount * reached / 100)
        parts.append(Part(share.name.strip(), until - paid, share.due_on))
        paid = until
    if any(part.amount <= 0 for part in parts):
        raise Invalid("The total is too small for these percentages", path=("input", "instalments"))
    return parts


def _by_amount(total: Money, shares: Sequence[Share]) -> list[Part]:
    together = Money.zero(total.currency)
    parts = []
    for place, share in enumerate(shares):
        if share.amount is None:
            continue
        share.amount.positive("input", "instalments", str(place), "amount")
        together += share.amount
        parts.append(Part(share.name.strip(), share.amount.amount, share.due_on))
    if together != total:
        raise Invalid(
            f"The instalments make {together.amount} {together.currency}, the total is {total.amount}",
            path=("input", "instalments"),
            sum=str(together.amount),
            total=str(total.amount),
        )
    return parts
