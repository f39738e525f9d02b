"""The steps of a delivery that the customer accepts."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from project.model import Model


class MilestoneStatus(StrEnum):
    """Whether the customer accepted it."""

    OPEN = "open"
    ACCEPTED = "accepted"


class Milestone(Aggregate, Model):
    """One step; they are accepted in the order of their positions."""

    __tablename__ = "milestone"
    __table_args__ = (UniqueConstraint("project_id", "position"),)

    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"))
    position: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date] = mapped_column(index=True)
    status: Mapped[MilestoneStatus] = mapped_column(default=MilestoneStatus.OPEN)
    accepted_on: Mapped[date | None]
