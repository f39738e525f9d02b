"""When employees are away."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from identity.model import Model


class Absence(Aggregate, Model):
    """A time in which nothing is to be assigned to an employee: from its start on, until its end."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="order"),
        Index("ix_absence_employee_id_starts_at", "employee_id", "starts_at"),
    )

    employee_id: Mapped[UUID] = mapped_column(ForeignKey("employee.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(500), default="")
