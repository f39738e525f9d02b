"""Which records were merged, which rows followed, and the column of a record that is no more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Conventions, naming, now


class Model(Conventions, DeclarativeBase):
    """The base of the tables of merging."""

    metadata = naming()


class Mergeable:
    """A record that may be merged into another; lists leave out those that were."""

    merged_into_id: Mapped[UUID | None] = mapped_column(index=True, sort_order=80)


class MergedRecord(Model):
    """A merge that holds: what names the loser is the winner's."""

    __tablename__ = "merged_record"
    __table_args__ = (Index("ix_merged_record_loser_id", "object", "loser_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)  # of the merge
    object: Mapped[str] = mapped_column(String(63))
    winner_id: Mapped[UUID]
    loser_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(default=now)


class FollowedRow(Model):
    """A row that named the loser; it names the winner as long as the merge holds."""

    __tablename__ = "followed_row"

    merge_id: Mapped[UUID] = mapped_column(
        ForeignKey("merged_record.id", ondelete="CASCADE"), primary_key=True
    )
    column: Mapped[str] = mapped_column(String(130), primary_key=True)  # table.column
    row_id: Mapped[UUID] = mapped_column(primary_key=True)
