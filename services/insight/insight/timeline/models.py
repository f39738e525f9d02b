"""Everything that happened, as it was told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from insight.model import Model


class Happening(Model):
    """One event of any service, kept for good; the customer may become known later."""

    __tablename__ = "happening"
    __table_args__ = (
        Index("ix_happening_customer_id_occurred_at", "customer_id", "occurred_at", "id"),
        Index("ix_happening_prospect_id", "prospect_id", postgresql_where="customer_id IS NULL"),
        Index("ix_happening_lead_id", "lead_id", postgresql_where="customer_id IS NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # of the event
    type: Mapped[str] = mapped_column(String(200), index=True)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    customer_id: Mapped[UUID | None]
    prospect_id: Mapped[UUID | None]
    lead_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    occurred_at: Mapped[datetime]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Origin(Model):
    """The customer that a prospect or lead turned into."""

    __tablename__ = "origin"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # of the prospect or lead
    customer_id: Mapped[UUID]
