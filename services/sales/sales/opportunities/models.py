"""Deals we work on."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate, Currency
from chassis.errors import Conflict
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED
from sales.model import Model
from sales.pipelines.models import DEFAULT


class OpportunityStatus(StrEnum):
    """How a deal stands."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Opportunity(Custom, Aggregate, Model):
    """A deal on its way through the stages of its pipeline."""

    __tablename__ = "opportunity"
    __table_args__ = (
        CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="amount_whole"),
        CheckConstraint("(close_amount IS NULL) = (close_currency IS NULL)", name="close_amount_whole"),
        CheckConstraint("(status = 'open') = (closed_on IS NULL)", name="closed_has_a_day"),
        Index(
            "ix_opportunity_name_trgm",
            "name",
            postgresql_using="gin",
            postgresql_ops={"name": "gin_trgm_ops"},
        ),
        Index("ix_opportunity_customer_id_created_at", "customer_id", "created_at"),
        Index("ix_opportunity_created_at", "created_at"),
        Index("ix_opportunity_status_stage", "status", "stage"),
    )

    name: Mapped[str] = mapped_column(String(200), info=SEARCHED)
    customer_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None] = mapped_column(index=True)
    pipeline: Mapped[str] = mapped_column(String(50), default=DEFAULT)
    stage: Mapped[str] = mapped_column(String(50))
    status: Mapped[OpportunityStatus] = mapped_column(default=OpportunityStatus.OPEN)
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    amount: Mapped[Decimal | None] = mapped_column(index=True)
    currency: Mapped[Currency | None]
    close_amount: Mapped[Decimal | None] = mapped_column(index=True)
    close_currency: Mapped[Currency | None]
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey("product.id"), index=True)
    lead_id: Mapped[UUID | None] = mapped_column(index=True)
    campaign_id: Mapped[UUID | None] = mapped_column(index=True)
    engaged_on: Mapped[date | None] = mapped_column(index=True)
    closed_on: Mapped[date | None] = mapped_column(index=True)
    lost_reason: Mapped[str | None] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(String(100), unique=True)

    def require_open(self) -> None:
        """Raise Conflict when the deal is decided already."""
        if self.status is not OpportunityStatus.OPEN:
            raise Conflict(
                f"{self.name} is {self.status.value} since {self.closed_on}", status=self.status.name
            )

    def record(self) -> dict[str, Any]:
        """Return what exit criteria look at: the evidence and the deal's own fields."""
        own = {
            "customer_id": self.customer_id,
            "owner_id": self.owner_id,
            "amount": self.amount,
            "product_id": self.product_id,
        }
        return {**self.evidence, **own}
