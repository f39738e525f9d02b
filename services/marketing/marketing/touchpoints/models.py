"""Moments in which somebody met us."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from marketing.model import Model


class TouchpointKind(StrEnum):
    """What somebody did."""

    FORM = "form"
    AD_CLICK = "ad_click"
    DOWNLOAD = "download"
    PAGE_VIEW = "page_view"
    EVENT = "event"
    SOCIAL = "social"


class Touchpoint(Aggregate, Model):
    """One moment in which a prospect or a customer met us; a form's answers are kept whole."""

    __tablename__ = "touchpoint"
    __table_args__ = (
        CheckConstraint("prospect_id IS NOT NULL OR customer_id IS NOT NULL", name="of_somebody"),
        Index("ix_touchpoint_prospect_id_occurred_at", "prospect_id", "occurred_at"),
        Index("ix_touchpoint_customer_id_occurred_at", "customer_id", "occurred_at"),
        Index("ix_touchpoint_campaign_id_occurred_at", "campaign_id", "occurred_at"),
    )

    prospect_id: Mapped[UUID | None] = mapped_column(ForeignKey("prospect.id"))
    customer_id: Mapped[UUID | None]  # the customer service owns it
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaign.id"))
    form_id: Mapped[UUID | None] = mapped_column(ForeignKey("intake_form.id"), index=True)
    kind: Mapped[TouchpointKind] = mapped_column(index=True)
    detail: Mapped[str | None] = mapped_column(String(500))
    page: Mapped[str | None] = mapped_column(String(500))
    answers: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    occurred_at: Mapped[datetime] = mapped_column(index=True)
