"""People who showed interest and are no customers yet."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED
from marketing.model import Model


class ProspectStatus(StrEnum):
    """How far marketing is with a prospect."""

    CAPTURED = "captured"
    QUALIFIED = "qualified"
    CONVERTED = "converted"


class Prospect(Custom, Aggregate, Model):
    """Somebody who showed interest; source and campaign are those of the first contact."""

    __tablename__ = "prospect"
    __table_args__ = (
        CheckConstraint("email IS NOT NULL OR phone IS NOT NULL", name="reachable"),
        Index("uq_prospect_email", "email", unique=True, postgresql_where=text("email IS NOT NULL")),
        Index("uq_prospect_phone", "phone", unique=True, postgresql_where=text("phone IS NOT NULL")),
        Index("ix_prospect_customer_id_captured_at", "customer_id", "captured_at"),
        Index(
            "ix_prospect_company_trgm",
            "company",
            postgresql_using="gin",
            postgresql_ops={"company": "gin_trgm_ops"},
        ),
    )

    company: Mapped[str] = mapped_column(String(200), index=True, info=SEARCHED)
    contact_name: Mapped[str | None] = mapped_column(String(200), info=SEARCHED)
    email: Mapped[str | None] = mapped_column(String(320), info=SEARCHED)
    phone: Mapped[str | None] = mapped_column(String(20), info=SEARCHED)
    region: Mapped[str | None] = mapped_column(String(100), index=True)
    industry: Mapped[str | None] = mapped_column(String(200), index=True)
    product_interest: Mapped[str | None] = mapped_column(String(200))
    message: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(100), index=True)
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    status: Mapped[ProspectStatus] = mapped_column(default=ProspectStatus.CAPTURED, index=True)
    captured_at: Mapped[datetime] = mapped_column(index=True)
    customer_id: Mapped[UUID | None]  # the customer service owns it
