"""People who work here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED
from identity.model import Model


class Employee(Custom, Aggregate, Model):
    """Somebody who works here, or did."""

    __tablename__ = "employee"
    __table_args__ = (
        Index(
            "ix_employee_name_trgm", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
        ),
        Index("ix_employee_roles", "roles", postgresql_using="gin"),
        Index("ix_employee_team_id_created_at", "team_id", "created_at"),
        Index("ix_employee_created_at", "created_at"),
    )

    email: Mapped[str] = mapped_column(String(320), unique=True, info=SEARCHED)  # in lower case
    name: Mapped[str] = mapped_column(String(200), info=SEARCHED)
    name_sort: Mapped[str] = mapped_column(String(1000), index=True)
    team_id: Mapped[UUID | None] = mapped_column(ForeignKey("team.id"))
    roles: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"), default=list)
    active: Mapped[bool] = mapped_column(default=True)
    external_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    calendar_id: Mapped[UUID | None] = mapped_column(ForeignKey("calendar.id"))
    credentials_changed_at: Mapped[datetime | None] = mapped_column()  # so that a new password is told of


class Password(Model):
    """The hash of an employee's password; apart, so that what reads or copies employees never holds it."""

    __tablename__ = "password"

    employee_id: Mapped[UUID] = mapped_column(ForeignKey("employee.id"), primary_key=True)
    hash: Mapped[str] = mapped_column(String(200))
