"""The tables of timers, in every service, on metadata of their own."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Conventions, naming, now, uuid7


class Model(Conventions, DeclarativeBase):
    """The base of the tables of timers."""

    metadata = naming()


class TimerState(StrEnum):
    """How far a timer is."""

    WAITING = "waiting"
    PAUSED = "paused"
    FIRED = "fired"
    CANCELLED = "cancelled"
    FAILED = "failed"  # its handler failed again and again; an operator decides


# written out, not bound: only so does the planner know that a partial index serves
WAITING = text("state = 'waiting'")
FAILED = text("state = 'failed'")
SETTLED = text("state IN ('fired', 'cancelled')")


class Timer(Model):
    """Something that happens to a record at a time; one per kind, record and key.

    `steps` are the rungs of a ladder, [{"name", "seconds"}], of which number `step` is the next to fire.
    It is due at `due_at`, tried at `run_at`, which is later after a failure.
    """

    __tablename__ = "timer"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str] = mapped_column(String(100))
    record_id: Mapped[UUID] = mapped_column()
    key: Mapped[str] = mapped_column(String(100))
    state: Mapped[TimerState] = mapped_column()
    due_at: Mapped[datetime] = mapped_column()
    run_at: Mapped[datetime] = mapped_column()
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    step: Mapped[int] = mapped_column()
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    calendar_id: Mapped[UUID | None] = mapped_column()  # none: by the clock on the wall
    remaining: Mapped[timedelta | None] = mapped_column()  # of a paused timer, in its calendar's time
    attempts: Mapped[int] = mapped_column()
    error: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (
        UniqueConstraint("kind", "record_id", "key", name="uq_timer_record"),
        Index("ix_timer_waiting", "run_at", postgresql_where=WAITING),
        Index("ix_timer_failed", "changed_at", postgresql_where=FAILED),
        Index("ix_timer_settled", "changed_at", postgresql_where=SETTLED),
        Index(
            "ix_timer_calendar", "calendar_id", "id",
            postgresql_where=text("state = 'waiting' AND calendar_id IS NOT NULL"),
        ),
    )  # fmt: skip


class KnownCalendar(Model):
    """A working calendar, as the service that owns it last told."""

    __tablename__ = "timer_calendar"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    name: Mapped[str] = mapped_column(String(200))
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    is_default: Mapped[bool] = mapped_column()
