"""What passed between us and a customer."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED
from customer.model import Model


class InteractionKind(StrEnum):
    """How we met."""

    CALL = "call"
    VISIT = "visit"
    MEETING = "meeting"
    EMAIL = "email"
    DEMO = "demo"
    MESSAGE = "message"
    NOTE = "note"


class Interaction(Custom, Aggregate, Model):
    """One entry of the follow-up log."""

    __tablename__ = "interaction"
    __table_args__ = (Index("ix_interaction_customer_id_occurred_at", "customer_id", "occurred_at"),)

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contact.id"), index=True)
    opportunity_id: Mapped[UUID | None]  # sales owns it
    kind: Mapped[InteractionKind]
    occurred_at: Mapped[datetime] = mapped_column(index=True)
    subject: Mapped[str] = mapped_column(String(200), info=SEARCHED)
    body: Mapped[str | None] = mapped_column(Text)
    next_plan: Mapped[str | None] = mapped_column(Text)
