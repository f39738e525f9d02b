"""Records that seem to be one and the same, and the searches that find them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import now, uuid7
from customer.model import Model


class DuplicateState(StrEnum):
    """What was decided about a pair."""

    OPEN = "open"
    MERGED = "merged"
    DISMISSED = "dismissed"


class SearchState(StrEnum):
    """How far a search is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class Pair:
    """Two records that seem to be one: why, and how sure that is."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7, sort_order=-10)
    left_id: Mapped[UUID]
    right_id: Mapped[UUID]
    score: Mapped[int]  # 0 to 100
    reasons: Mapped[list[str]] = mapped_column(ARRAY(String))
    state: Mapped[DuplicateState] = mapped_column(default=DuplicateState.OPEN)
    found_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]


class CustomerPair(Pair, Model):
    """Two companies; the one with the lower id is the left one."""

    __tablename__ = "customer_pair"
    __table_args__ = (
        UniqueConstraint("left_id", "right_id"),
        CheckConstraint("left_id < right_id", name="ordered"),
        Index("ix_customer_pair_state_score", "state", "score", "id"),
    )

    left_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    right_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)


class ContactPair(Pair, Model):
    """Two contacts; the one with the lower id is the left one."""

    __tablename__ = "contact_pair"
    __table_args__ = (
        UniqueConstraint("left_id", "right_id"),
        CheckConstraint("left_id < right_id", name="ordered"),
        Index("ix_contact_pair_state_score", "state", "score", "id"),
    )

    left_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    right_id: Mapped[UUID] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)


class DuplicateSearch(Model):
    """One walk through all records of an object; it goes on after `last_id` when a worker dies."""

    __tablename__ = "duplicate_search"
    __table_args__ = (
        Index("ix_duplicate_search_unfinished", "id", postgresql_where=text("finished_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    object: Mapped[str] = mapped_column(String(20))
    state: Mapped[SearchState] = mapped_column(default=SearchState.WAITING)
    total: Mapped[int]
    checked: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)
    last_id: Mapped[UUID | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]
