"""Costs of campaigns in the graph."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from chassis.graphql.values import Money, MoneyInput
from marketing.context import Info
from marketing.costs import commands
from marketing.costs.queries import COSTS
from marketing.trail import TRAIL


@strawberry.type(description="One amount spent on a campaign.")
class CampaignCost:
    id: UUID = strawberry.field(description="Id of the entry.")
    campaign_id: UUID = strawberry.field(description="Which campaign.")
    amount: Money = strawberry.field(description="What was spent.")
    purpose: str | None = strawberry.field(description="What for.")
    spent_at: datetime = strawberry.field(description="When.")
    history = TRAIL.history(COSTS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            campaign_id=row.campaign_id,
            amount=Money(amount=row.amount, currency=row.currency),
            purpose=row.purpose,
            spent_at=row.spent_at,
        )


@strawberry.input(description="What was spent on a campaign.")
class RecordCampaignCostInput(Input):
    campaign_id: UUID = strawberry.field(description="Which campaign.")
    amount: MoneyInput = strawberry.field(description="What was spent; above zero.")
    purpose: str | None = strawberry.field(default=None, description="What for.")
    at: datetime | None = strawberry.field(default=None, description="When, if not now.")


@strawberry.type(description="The cost as it was recorded.")
class CampaignCostPayload:
    cost: CampaignCost = strawberry.field(description="The cost.")


@strawberry.type
class CostMutations:
    @strawberry.mutation(
        extensions=[Granted("campaign", "record_cost")], description="Record a campaign's cost."
    )
    async def record_campaign_cost(self, info: Info, input: RecordCampaignCostInput) -> CampaignCostPayload:
        amount = input.amount.value()
        row = await info.context.change(
            input,
            lambda session: commands.record_campaign_cost(
                session, campaign_id=input.campaign_id, amount=amount, purpose=input.purpose, at=input.at
            ),
        )
        return CampaignCostPayload(cost=CampaignCost.of(row))
