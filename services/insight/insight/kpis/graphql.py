"""Measures in the graph: every number says how it was made and of what."""

from datetime import date
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.conditions.tree import Group
from chassis.graphql.connections import Connection
from chassis.graphql.policy import Granted
from chassis.graphql.values import Money
from chassis.listing import Page
from insight.context import Info
from insight.facts.models import OpportunityOutcome
from insight.facts.queries import OPPORTUNITY_FACTS
from insight.kpis.formulas import FORMULAS, KpiKey
from insight.kpis.queries import Result, Scope, measure
from insight.references import Employee, Opportunity

strawberry.enum(KpiKey, description="The measures there are.")
strawberry.enum(OpportunityOutcome, description="How an opportunity ended, or that it has not.")


@strawberry.type(description="A record that a number was made of.")
class KpiSource:
    opportunity: Opportunity = strawberry.field(description="The opportunity itself.")
    name: str = strawberry.field(description="Its name.")
    outcome: OpportunityOutcome = strawberry.field(description="How it ended.")
    owner: Employee | None = strawberry.field(description="Whose deal it is.")
    amount: Money | None = strawberry.field(description="What it brought.")
    engaged_on: date | None = strawberry.field(description="Day of the first contact.")
    closed_on: date | None = strawberry.field(description="Day it was won or lost.")

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            opportunity=Opportunity(id=row.id),
            name=row.name,
            outcome=row.outcome,
            owner=Employee.of(row.owner_id),
            amount=Money.of(row.amount, row.currency),
            engaged_on=row.engaged_on,
            closed_on=row.closed_on,
        )


@strawberry.type(description="A measure, how it is computed, and of which records.")
class Kpi:
    key: KpiKey = strawberry.field(description="Which measure.")
    label: str = strawberry.field(description="Its name in English.")
    label_zh: str = strawberry.field(description="Its name in Chinese.")
    value: Decimal | None = strawberry.field(description="The number, to 0.01; null when nothing is there.")
    unit: str = strawberry.field(description="percent, money or days.")
    currency: str | None = strawberry.field(description="Currency of a money measure.")
    formula: str = strawberry.field(description="How the number is computed.")
    formula_version: int = strawberry.field(description="Rises when the formula changes.")
    numerator: Decimal = strawberry.field(description="Upper part of the formula.")
    denominator: Decimal | None = strawberry.field(description="Lower part of the formula, if it has one.")
    selected: strawberry.Private[Group]

    @classmethod
    def of(cls, key: KpiKey, result: Result) -> Self:
        """Return what the graph shows of a measure."""
        formula = FORMULAS[key]
        return cls(
            key=key,
            label=formula.label,
            label_zh=formula.label_zh,
            value=result.value,
            unit=formula.unit,
            currency=result.currency,
            formula=formula.text,
            formula_version=formula.version,
            numerator=result.numerator,
            denominator=result.denominator,
            selected=result.sources,
        )

    @strawberry.field(description="The records behind the number.")
    async def sources(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[KpiSource]:
        page = Page(first=first, after=after, condition=self.selected)
        return await info.context.page(OPPORTUNITY_FACTS, page, KpiSource.of)


@strawberry.input(description="Which records to look at; everything given must hold.")
class KpiScope:
    since: date | None = strawberry.field(default=None, description="Closed on this day or later.")
    until: date | None = strawberry.field(default=None, description="Closed on this day or earlier.")
    owner_id: UUID | None = strawberry.field(default=None, description="Owned by this employee.")
    currency: str | None = strawberry.field(default=None, description="Amounts in this currency.")

    def value(self) -> Scope:
        """Return the scope."""
        return Scope(self.since, self.until, self.owner_id, self.currency)


@strawberry.type
class KpiQueries:
    @strawberry.field(extensions=[Granted("kpi", "read")], description="One measure.")
    async def kpi(self, info: Info, key: KpiKey, scope: KpiScope | None = None) -> Kpi:
        asked = scope.value() if scope else Scope()
        return Kpi.of(key, await measure(info.context.database, key, asked))

    @strawberry.field(extensions=[Granted("kpi", "read")], description="All measures.")
    async def kpis(self, info: Info, scope: KpiScope | None = None) -> list[Kpi]:
        asked = scope.value() if scope else Scope()
        return [Kpi.of(key, await measure(info.context.database, key, asked)) for key in KpiKey]
