"""Campaigns: what we do so that others hear of us."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate, Currency
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED
from marketing.model import Model


class CampaignChannel(StrEnum):
    """Where a campaign meets people."""

    WEBINAR = "webinar"
    EXPO = "expo"
    CONTENT = "content"
    ADS = "ads"
    OFFLINE = "offline"
    REFERRAL = "referral"


class Campaign(Custom, Aggregate, Model):
    """A campaign with its budget and dates; its source code stamps whom it brings."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("(budget_amount IS NULL) = (budget_currency IS NULL)", name="budget_whole"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        Index(
            "ix_campaign_name_trgm", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
        ),
    )

    name: Mapped[str] = mapped_column(String(200), info=SEARCHED)
    channel: Mapped[CampaignChannel] = mapped_column(index=True)
    source_code: Mapped[str] = mapped_column(String(50), unique=True, info=SEARCHED)
    budget_amount: Mapped[Decimal | None]
    budget_currency: Mapped[Currency | None]
    starts_on: Mapped[date] = mapped_column(index=True)
    ends_on: Mapped[date | None]
