"""Merges of two records: who was taken for whom, what was taken over, and whether that was taken back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import now, uuid7
from customer.model import Model


class Merge(Model):
    """One merge; the values that the winner took over stand in its row, its own in the loser's."""

    __tablename__ = "merge"
    __table_args__ = (
        Index("ix_merge_winner_id", "winner_id", "merged_at"),
        Index(
            "uq_merge_loser_id",
            "loser_id",
            unique=True,
            postgresql_where=text("unmerged_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    object: Mapped[str] = mapped_column(String(20))
    winner_id: Mapped[UUID]
    loser_id: Mapped[UUID]
    loser_name: Mapped[str] = mapped_column(String(200))
    taken: Mapped[list[str]] = mapped_column(ARRAY(String))  # columns
    custom: Mapped[list[str]] = mapped_column(ARRAY(String))  # keys of custom fields
    added: Mapped[dict[str, Any]] = mapped_column(JSONB)  # to lists, by column
    within_id: Mapped[UUID | None] = mapped_column(ForeignKey("merge.id"), index=True)
    merged_at: Mapped[datetime] = mapped_column(default=now)
    merged_by: Mapped[UUID | None]
    unmerged_at: Mapped[datetime | None]
    unmerged_by: Mapped[UUID | None]
