"""Companies that may become customers."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from chassis.errors import Conflict
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED
from sales.model import Model


class LeadStatus(StrEnum):
    """How far we are with a lead."""

    NEW = "new"
    ASSIGNED = "assigned"
    CONVERTED = "converted"
    LOST = "lost"


class Lead(Custom, Aggregate, Model):
    """Somebody's interest; without an owner it lies in the public pool."""

    __tablename__ = "lead"
    __table_args__ = (
        Index(
            "ix_lead_company_trgm",
            "company",
            postgresql_using="gin",
            postgresql_ops={"company": "gin_trgm_ops"},
        ),
        Index("ix_lead_customer_id_created_at", "customer_id", "created_at"),
        Index("ix_lead_created_at", "created_at"),
    )

    company: Mapped[str] = mapped_column(String(200), index=True, info=SEARCHED)
    contact_name: Mapped[str | None] = mapped_column(String(200), info=SEARCHED)
    email: Mapped[str | None] = mapped_column(String(320), index=True, info=SEARCHED)
    phone: Mapped[str | None] = mapped_column(String(50), info=SEARCHED)
    region: Mapped[str | None] = mapped_column(String(100), index=True)
    industry: Mapped[str | None] = mapped_column(String(200), index=True)
    product_interest: Mapped[str | None] = mapped_column(String(200))
    source: Mapped[str | None] = mapped_column(String(100), index=True)
    message: Mapped[str | None] = mapped_column(Text)
    status: Mapped[LeadStatus] = mapped_column(default=LeadStatus.NEW, index=True)
    campaign_id: Mapped[UUID | None] = mapped_column(index=True)
    prospect_id: Mapped[UUID | None] = mapped_column(unique=True)
    customer_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None] = mapped_column(index=True)
    assigned_by_rule: Mapped[str | None] = mapped_column(String(200))
    assigned_at: Mapped[datetime | None] = mapped_column(index=True)
    opportunity_id: Mapped[UUID | None]
    lost_reason: Mapped[str | None] = mapped_column(Text)

    def require_open(self) -> None:
        """Raise Conflict when the lead is converted or lost already."""
        if self.status in (LeadStatus.CONVERTED, LeadStatus.LOST):
            raise Conflict(f"The lead {self.company} is {self.status.value} already", status=self.status.name)
