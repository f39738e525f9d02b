"""What somebody, or anybody with a role, should do."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from automation.model import Model
from chassis.database import Aggregate
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED


class TodoStatus(StrEnum):
    """Whether it is still to be done."""

    OPEN = "open"
    DONE = "done"


class Todo(Custom, Aggregate, Model):
    """One thing to do, for a person or for whoever of a role takes it."""

    __tablename__ = "todo"
    __table_args__ = (
        UniqueConstraint("rule", "about_id"),
        CheckConstraint("assignee_id IS NOT NULL OR role IS NOT NULL", name="for_somebody"),
        CheckConstraint("(status = 'done') = (completed_at IS NOT NULL)", name="completed_when_done"),
        Index("ix_todo_assignee_id_status_due_at", "assignee_id", "status", "due_at"),
        Index("ix_todo_role_status_due_at", "role", "status", "due_at"),
        Index("ix_todo_customer_id_due_at", "customer_id", "due_at"),
        Index("ix_todo_status_due_at", "status", "due_at"),
    )

    title: Mapped[str] = mapped_column(String(500), info=SEARCHED)
    title_en: Mapped[str | None] = mapped_column(String(500), info=SEARCHED)
    status: Mapped[TodoStatus] = mapped_column(default=TodoStatus.OPEN)
    assignee_id: Mapped[UUID | None]
    role: Mapped[str | None] = mapped_column(String(50))
    due_at: Mapped[datetime | None]
    customer_id: Mapped[UUID | None]
    about_type: Mapped[str | None] = mapped_column(String(50))
    about_id: Mapped[UUID | None] = mapped_column(index=True)
    rule: Mapped[str | None] = mapped_column(String(50))
    rule_version: Mapped[int | None] = mapped_column(BigInteger)  # of the record, when the rule last saw it
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[UUID | None]
