"""What has to be done in a project."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED
from project.model import Model


class TaskStatus(StrEnum):
    """Whether it is done."""

    OPEN = "open"
    DONE = "done"


class Task(Custom, Aggregate, Model):
    """A piece of work; without an assignee it is the project manager's."""

    __tablename__ = "task"
    __table_args__ = (Index("ix_task_project_id_created_at", "project_id", "created_at"),)

    project_id: Mapped[UUID] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str] = mapped_column(String(200), info=SEARCHED)
    contract_id: Mapped[UUID | None]  # where the requirements are written
    assignee_id: Mapped[UUID | None] = mapped_column(index=True)
    due_on: Mapped[date | None]
    status: Mapped[TaskStatus] = mapped_column(default=TaskStatus.OPEN)
    done_at: Mapped[datetime | None]
