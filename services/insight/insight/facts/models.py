"""What reports count: one row per record of another service, as its events tell it."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Currency
from insight.model import Model


class OpportunityOutcome(StrEnum):
    """How an opportunity ended, or that it has not."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class OpportunityFact(Model):
    """An opportunity; `version` is that of the newest event seen."""

    __tablename__ = "opportunity_fact"
    __table_args__ = (Index("ix_opportunity_fact_outcome_closed_on", "outcome", "closed_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)  # of the opportunity
    version: Mapped[int]
    outcome: Mapped[OpportunityOutcome] = mapped_column(default=OpportunityOutcome.OPEN)
    stage: Mapped[str | None] = mapped_column(String(50))
    name: Mapped[str] = mapped_column(String(300), default="")
    customer_id: Mapped[UUID | None] = mapped_column(index=True)
    owner_id: Mapped[UUID | None] = mapped_column(index=True)
    product_id: Mapped[UUID | None]
    campaign_id: Mapped[UUID | None] = mapped_column(index=True)
    amount: Mapped[Decimal | None]
    currency: Mapped[Currency | None]
    engaged_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    lost_reason: Mapped[str | None] = mapped_column(String(300))
