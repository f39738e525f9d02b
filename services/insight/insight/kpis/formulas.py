"""The measures, each with its formula, its version and the records it is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Table, func

from chassis.conditions.tree import Rule
from insight.facts.models import OpportunityFact, OpportunityOutcome

_FACT: Table = OpportunityFact.__table__  # type: ignore[assignment]
_WON = _FACT.c.outcome == OpportunityOutcome.WON

Measure = Callable[[], ColumnElement[Any]]


class KpiKey(Enum):
    """The measures there are."""

    WIN_RATE = "win_rate"
    WON_VALUE = "won_value"
    MEAN_DEAL = "mean_deal"
    SALES_CYCLE = "sales_cycle"


@dataclass(frozen=True, slots=True)
class Formula:
    """numerator ÷ denominator (or the numerator alone) over the source records."""

    version: int
    label: str
    label_zh: str
    text: str
    unit: str
    sources: tuple[Rule, ...]
    numerator: Measure
    denominator: Measure | None = None
    scale: int = 1
    of_money: bool = False


def _count_won() -> ColumnElement[Any]:
    return func.count().filter(_WON)


def _sum_won() -> ColumnElement[Any]:
    return func.coalesce(func.sum(_FACT.c.amount).filter(_WON), 0)


def _days() -> ColumnElement[Any]:
    return func.coalesce(func.sum(_FACT.c.closed_on - _FACT.c.engaged_on), 0)


_CLOSED = Rule("outcome", "in", [OpportunityOutcome.WON, OpportunityOutcome.LOST])
_ONLY_WON = Rule("outcome", "eq", OpportunityOutcome.WON)
_DATED = Rule("engaged_on", "isNotEmpty")

FORMULAS: dict[KpiKey, Formula] = {
    KpiKey.WIN_RATE: Formula(
        version=1,
        label="Win rate",
        label_zh="赢单率",
        text="100 × won ÷ (won + lost), by closing date",
        unit="percent",
        sources=(_CLOSED,),
        numerator=_count_won,
        denominator=func.count,
        scale=100,
    ),
    KpiKey.WON_VALUE: Formula(
        version=1,
        label="Won value",
        label_zh="赢单金额",
        text="Σ amount of won opportunities, by closing date, in one currency",
        unit="money",
        sources=(_ONLY_WON,),
        numerator=_sum_won,
        of_money=True,
    ),
    KpiKey.MEAN_DEAL: Formula(
        version=1,
        label="Mean deal",
        label_zh="平均成交额",
        text="Σ amount of won opportunities ÷ their number, by closing date, in one currency",
        unit="money",
        sources=(_ONLY_WON,),
        numerator=_sum_won,
        denominator=_count_won,
        of_money=True,
    ),
    KpiKey.SALES_CYCLE: Formula(
        version=1,
        label="Sales cycle",
        label_zh="平均销售周期",
        text="Σ (closing date − first contact) of won opportunities ÷ their number, by closing date",
        unit="days",
        sources=(_ONLY_WON, _DATED),
        numerator=_days,
        denominator=func.count,
    ),
}
