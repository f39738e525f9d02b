"""What campaigns cost."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate, Currency
from marketing.model import Model


class CampaignCost(Aggregate, Model):
    """One amount spent on a campaign."""

    __tablename__ = "campaign_cost"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_campaign_cost_campaign_id_spent_at", "campaign_id", "spent_at"),
    )

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"))
    amount: Mapped[Decimal]
    currency: Mapped[Currency]
    purpose: Mapped[str | None] = mapped_column(String(200))
    spent_at: Mapped[datetime] = mapped_column(index=True)
