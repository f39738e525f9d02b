"""Measures computed from the facts."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from sqlalchemy import Table, select

from chassis.conditions import sql
from chassis.conditions.tree import Group, Rule
from chassis.database import Database
from chassis.errors import Invalid
from insight.facts.models import OpportunityFact, OpportunityOutcome
from insight.facts.queries import OPPORTUNITY_FACTS
from insight.kpis.formulas import FORMULAS, Formula, KpiKey

_FACT: Table = OpportunityFact.__table__  # type: ignore[assignment]
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Scope:
    """Which records a measure looks at: closed in these days, owned by this employee, in this currency."""

    since: date | None = None
    until: date | None = None
    owner_id: UUID | None = None
    currency: str | None = None

    def rules(self) -> list[Rule]:
        """Return what the scope demands of a record."""
        given = (
            ("closed_on", "gte", self.since),
            ("closed_on", "lte", self.until),
            ("owner_id", "eq", self.owner_id),
            ("currency", "eq", self.currency),
        )
        return [Rule(field, operator, value) for field, operator, value in given if value is not None]  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Result:
    """A measure's value (to 0.01, half up; None when there is nothing to divide by) and what it came from."""

    value: Decimal | None
    numerator: Decimal
    denominator: Decimal | None
    currency: str | None
    sources: Group


async def measure(database: Database, key: KpiKey, scope: Scope) -> Result:
    """Return what the measure is for these records.

    Raises Invalid when amounts of several currencies would have to be added.
    """
    formula = FORMULAS[key]
    if formula.of_money and scope.currency is None:
        scope = await _in_its_currency(database, scope)
    sources = Group("and", (*formula.sources, *scope.rules()))
    top, bottom = await _totals(database, formula, sources)
    return Result(
        value=_divided(top, bottom, formula.scale),
        numerator=top,
        denominator=bottom,
        currency=scope.currency if formula.of_money else None,
        sources=sources,
    )


async def _totals(database: Database, formula: Formula, sources: Group) -> tuple[Decimal, Decimal | None]:
    columns = [formula.numerator().label("top")]
    if formula.denominator:
        columns.append(formula.denominator().label("bottom"))
    chosen = select(*columns).select_from(_FACT).where(sql.where(sources, OPPORTUNITY_FACTS.fields))
    [row] = await database.read(*OPPORTUNITY_FACTS.visible(chosen))
    return Decimal(row.top), Decimal(row.bottom) if formula.denominator else None


async def _in_its_currency(database: Database, scope: Scope) -> Scope:
    won = Group("and", (Rule("outcome", "eq", OpportunityOutcome.WON), *scope.rules()))
    chosen = select(_FACT.c.currency).distinct().where(sql.where(won, OPPORTUNITY_FACTS.fields))
    found = await database.read(*OPPORTUNITY_FACTS.visible(chosen))
    currencies = sorted(row.currency for row in found if row.currency)
    if len(currencies) > 1:
        raise Invalid(
            f"There are amounts in {', '.join(currencies)}; name one currency",
            path=("currency",),
            currencies=currencies,
        )
    return Scope(scope.since, scope.until, scope.owner_id, currencies[0] if currencies else None)


def _divided(top: Decimal, bottom: Decimal | None, scale: int) -> Decimal | None:
    if bottom is None:
        return top
    return (scale * top / bottom).quantize(_CENT, ROUND_HALF_UP) if bottom else None
