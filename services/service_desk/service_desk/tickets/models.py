"""Tickets: what customers ask us to put right."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, Sequence, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED
from service_desk.model import Model

NUMBERS = Sequence("ticket_number", metadata=Model.metadata)


class TicketChannel(StrEnum):
    """Which way a customer reached us."""

    PHONE = "phone"
    EMAIL = "email"
    WEB_CHAT = "web_chat"
    SOCIAL = "social"
    PORTAL = "portal"


class TicketPriority(StrEnum):
    """How urgent it is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class TicketStatus(StrEnum):
    """How far we are; the customer's answer to the survey closes a resolved ticket."""

    OPEN = "open"
    ASSIGNED = "assigned"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Ticket(Custom, Aggregate, Model):
    """What one customer asked us to put right, from any channel, under one tracking number."""

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_customer_id_opened_at", "customer_id", "opened_at"),
        Index(
            "ix_ticket_subject_trgm",
            "subject",
            postgresql_using="gin",
            postgresql_ops={"subject": "gin_trgm_ops"},
        ),
    )

    number: Mapped[str] = mapped_column(String(20), unique=True, info=SEARCHED)
    subject: Mapped[str] = mapped_column(String(200), info=SEARCHED)
    description: Mapped[str | None] = mapped_column(Text)
    customer_id: Mapped[UUID]  # the customer service owns it, and the contact
    contact_id: Mapped[UUID | None] = mapped_column(index=True)
    channel: Mapped[TicketChannel] = mapped_column(index=True)
    priority: Mapped[TicketPriority] = mapped_column(index=True)
    queue: Mapped[str | None] = mapped_column(String(100), index=True)
    status: Mapped[TicketStatus] = mapped_column(default=TicketStatus.OPEN, index=True)
    assignee_id: Mapped[UUID | None] = mapped_column(index=True)
    opened_at: Mapped[datetime] = mapped_column(index=True)
    resolved_at: Mapped[datetime | None] = mapped_column(index=True)
    resolution: Mapped[str | None] = mapped_column(Text)
