"""The tables behind the events, on their own metadata: each service's migrations take them in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Conventions, naming, now, uuid7


class Model(Conventions, DeclarativeBase):
    """The base of the tables of messaging."""

    metadata = naming()


class OutboxEvent(Model):
    """What happened here; told to the others after the commit and kept for replays."""

    __tablename__ = "outbox_event"

    position: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=uuid7)
    type: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(36))  # the aggregate's id
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    headers: Mapped[dict[str, str]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(default=now)
    published_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (
        Index("ix_outbox_event_waiting", "position", postgresql_where=text("published_at IS NULL")),
        Index(None, "created_at"),
    )


class InboxEvent(Model):
    """An event handled here. Streams are kept from the first event on, and so is this."""

    __tablename__ = "inbox_event"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(String(200))
    received_at: Mapped[datetime] = mapped_column(default=now)


class DeadLetter(Model):
    """An event that could not be handled here and waits for somebody's decision."""

    __tablename__ = "dead_letter"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(String(100))
    type: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    data: Mapped[str] = mapped_column(Text)  # as it came; it may be no JSON at all
    headers: Mapped[dict[str, str]] = mapped_column(JSONB)
    error: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column()
    first_at: Mapped[datetime] = mapped_column(default=now)
    failed_at: Mapped[datetime] = mapped_column(default=now)
    resolved_at: Mapped[datetime | None] = mapped_column()
    resolution: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index("ix_dead_letter_unresolved", "failed_at", postgresql_where=text("resolved_at IS NULL")),
    )
