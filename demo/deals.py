"""Makes opportunities, quotes and contracts with their delivery and their money."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from demo.catalogue import PRICES, PRODUCTS
from demo.days import before, happened, later, moment
from demo.names import LOSS_REASONS
from demo.records import Contract, Deal, Instalment, Line, PastDeal

STAGES = 4  # stages an open opportunity can be in
_STAGE, _QUOTE, _SIGNATURE = (4, 15), (1, 4), (4, 14)  # days each takes, at least and at most
LONGEST = (STAGES - 1) * _STAGE[1] + _QUOTE[1] + _SIGNATURE[1]  # from the first day to the signature
_SHARES = (("预付款 / Advance", 30), ("交付款 / On delivery", 50), ("验收款 / On acceptance", 20))
_NAMES = {product.sku: product.name for product in PRODUCTS}
_SOFTWARE = ("RM-MES", "RM-EMS", "RM-PDM", "RV-200")


def won_deal(key: str, opened: date, rng: Random, today: date, *, late_payer: bool = False) -> Deal:
    """Return a deal with a signed contract; what of its delivery and money lies in the past has happened."""
    lines = _lines(rng)
    total = _total(lines)
    advanced = _stage_days(opened, rng)
    quoted = later(advanced[-1], rng, *_QUOTE)
    signed = later(quoted, rng, *_SIGNATURE)
    contract = _contract(signed, total, rng, today, late_payer)
    return _deal(key, opened, lines, advanced, rng, quoted_on=quoted, contract=contract)


def lost_deal(key: str, opened: date, rng: Random) -> Deal:
    """Return a deal that was given up on its way."""
    advanced = _stage_days(opened, rng)[: rng.randint(1, STAGES - 1)]
    lost = moment(later(advanced[-1], rng, 4, 20), rng)
    return _deal(key, opened, _lines(rng), advanced, rng, lost_at=lost, loss_reason=rng.choice(LOSS_REASONS))


def open_deal(key: str, stage: int, rng: Random, today: date) -> Deal:
    """Return a deal that is now in this stage, 0 for the first; in the last one a quote is out."""
    pattern = _stage_days(date.min, rng)[:stage]
    age = (pattern[-1] - date.min).days if pattern else 0
    opened = before(today, age + rng.randint(2, 12))
    advanced = tuple(opened + (day - date.min) for day in pattern)
    quoted = before(today, 1) if stage == STAGES - 1 else None
    return _deal(key, opened, _lines(rng), advanced, rng, quoted_on=quoted)


def past_deal(key: str, rng: Random, today: date) -> PastDeal:
    """Return a decided deal of the last two years."""
    engaged = before(today, rng.randint(120, 720))
    sku = rng.choice(_SOFTWARE)
    won = rng.random() < 0.6
    amount = PRICES[sku] * rng.randint(1, 3) * rng.randint(85, 100) / 100
    closed = later(engaged, rng, 25, 110)
    return PastDeal(key, _NAMES[sku], sku, engaged, closed, won, amount if won else Decimal(0))


def _deal(
    key: str,
    opened: date,
    lines: tuple[Line, ...],
    advanced: tuple[date, ...],
    rng: Random,
    **more: object,
) -> Deal:
    return Deal(
        key=key,
        name=f"{_NAMES[lines[0].sku]} ×{lines[0].quantity}",
        opened_at=moment(opened, rng),
        lines=lines,
        advanced_at=tuple(moment(day, rng) for day in advanced),
        total=_total(lines),
        **more,  # type: ignore[arg-type]
    )


def _lines(rng: Random) -> tuple[Line, ...]:
    discount = rng.choice((0, 0, 3, 5, 8))  # more would need an approval
    sold = [Line(rng.choice(_SOFTWARE), rng.randint(1, 2), discount)]
    if rng.random() < 0.6:
        sold.append(Line(rng.choice(("RG-100", "RG-300")), rng.randint(2, 12), discount))
    sold.append(Line("RS-IMP", rng.choice((10, 15, 20, 30)), 0))
    if rng.random() < 0.5:
        sold.append(Line("RS-CARE", 1, 0))
    return tuple(sold)


def _total(lines: tuple[Line, ...]) -> Decimal:
    return sum((PRICES[line.sku] * line.quantity * (100 - line.discount) / 100 for line in lines), Decimal(0))


def _stage_days(opened: date, rng: Random) -> tuple[date, ...]:
    days = [opened]
    for _ in range(STAGES - 1):
        days.append(later(days[-1], rng, *_STAGE))
    return tuple(days[1:])


def _contract(signed: date, total: Decimal, rng: Random, today: date, late_payer: bool) -> Contract:
    starts = later(signed, rng, 5, 12)
    ends = later(starts, rng, 60, 140)
    steps = (starts, starts + (ends - starts) * 4 // 5, ends)
    reached = [happened(later(step, rng, 0, 9), today) for step in steps]
    accepted = tuple(day for day in reached if day)
    due = (signed + timedelta(days=10), steps[1] + timedelta(days=15), ends + timedelta(days=30))
    return Contract(
        signed_on=signed,
        starts_on=starts,
        ends_on=ends,
        instalments=_instalments(total, due, signed, rng, today, late_payer),
        milestones_accepted_on=accepted,
        accepted_on=accepted[-1] if len(accepted) == len(steps) else None,
    )


def _instalments(
    total: Decimal, due: tuple[date, ...], signed: date, rng: Random, today: date, late_payer: bool
) -> tuple[Instalment, ...]:
    made: list[Instalment] = []
    for (name, share), day in zip(_SHARES, due, strict=True):
        invoiced = happened(max(day - timedelta(days=8), signed), today)
        pays = not (late_payer and made)  # a late payer pays the advance only
        paid = happened(max(day + timedelta(days=rng.randint(-6, 12)), signed), today) if pays else None
        made.append(Instalment(name, total * share / 100, day, invoiced, paid if invoiced else None))
    return tuple(made)
