"""Reads of costs."""

from sqlalchemy import any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from chassis.listing import Listing
from marketing.costs.models import CampaignCost

COSTS = Listing(
    noun="campaign",  # who may see a campaign may see what it costs
    table=CampaignCost.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in CampaignCost.__table__.c},
    sorts=("spent_at",),
    default=(("spent_at", "desc"),),
    open=True,
)

_cost = CampaignCost.__table__.c
TOTALS = (
    select(_cost.campaign_id, _cost.currency, func.sum(_cost.amount).label("amount"))
    .where(_cost.campaign_id == any_(bindparam("keys", type_=ARRAY(UUID(as_uuid=True)))))
    .group_by(_cost.campaign_id, _cost.currency)
    .order_by(_cost.currency)
)
