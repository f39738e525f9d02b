"""What can happen to a campaign's costs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import now
from chassis.errors import Invalid
from chassis.messaging.outbox import emit
from chassis.money import Money
from marketing.campaigns.queries import known_campaign
from marketing.costs.models import CampaignCost
from roundel.marketing.v1 import marketing_events_pb2 as events


async def record_campaign_cost(
    session: AsyncSession,
    *,
    campaign_id: UUID,
    amount: Money,
    purpose: str | None = None,
    at: datetime | None = None,
) -> CampaignCost:
    """Write down what was spent on a campaign; raise Invalid unless the amount is above zero."""
    amount.positive("input", "amount")
    if purpose and len(purpose) > 200:
        raise Invalid("A purpose has at most 200 characters", path=("input", "purpose"))
    await known_campaign(session, campaign_id)
    cost = CampaignCost(
        campaign_id=campaign_id,
        amount=amount.amount,
        currency=amount.currency,
        purpose=purpose,
        spent_at=at or now(),
    )
    session.add(cost)
    await session.flush()
    recorded = events.CampaignCostRecorded(
        cost_id=str(cost.id), version=cost.version, campaign_id=str(campaign_id)
    )
    recorded.amount.amount = str(cost.amount)
    recorded.amount.currency = cost.currency
    recorded.occurred_at.FromDatetime(cost.spent_at)
    emit(session, recorded, subject=cost.id)
    return cost
