"""Surveys: what customers thought of our help."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from chassis.secrets.columns import Encrypted
from service_desk.model import Model


class Survey(Aggregate, Model):
    """One question to a customer after a ticket was resolved; its token lets them answer once."""

    __tablename__ = "survey"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score_in_range"),
        CheckConstraint("(score IS NULL) = (answered_at IS NULL)", name="answered_whole"),
        Index("ix_survey_ticket_id_asked_at", "ticket_id", "asked_at"),
        Index("ix_survey_customer_id_answered_at", "customer_id", "answered_at"),
        Index("uq_survey_waiting", "ticket_id", unique=True, postgresql_where=text("answered_at IS NULL")),
    )

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.id"))
    customer_id: Mapped[UUID]  # the customer service owns it
    agent_id: Mapped[UUID | None] = mapped_column(index=True)
    token: Mapped[str] = mapped_column(
        Encrypted("survey.token", 64, index="token_index"), info={"secret": True}
    )
    token_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True, info={"secret": True})
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None] = mapped_column(index=True)
    score: Mapped[int | None] = mapped_column(Integer, index=True)
    comment: Mapped[str | None] = mapped_column(Text)
