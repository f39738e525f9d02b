"""Deliveries to customers."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED
from project.model import Model


class ProjectStatus(StrEnum):
    """How far a delivery is."""

    PLANNED = "planned"
    RUNNING = "running"
    ACCEPTED = "accepted"


class Project(Custom, Aggregate, Model):
    """The delivery of one contract."""

    __tablename__ = "project"
    __table_args__ = (
        Index("ix_project_customer_id_created_at", "customer_id", "created_at"),
        Index(
            "ix_project_name_trgm", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
        ),
        Index("ix_project_created_at", "created_at"),
    )

    contract_id: Mapped[UUID] = mapped_column(unique=True)  # sales owns it
    contract_number: Mapped[str] = mapped_column(String(50), index=True, info=SEARCHED)
    customer_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(300), info=SEARCHED)
    status: Mapped[ProjectStatus] = mapped_column(default=ProjectStatus.PLANNED, index=True)
    manager_id: Mapped[UUID | None] = mapped_column(index=True)
    starts_on: Mapped[date] = mapped_column(index=True)
    ends_on: Mapped[date] = mapped_column(index=True)
    accepted_on: Mapped[date | None]

    def begin(self) -> None:
        """Note that work is under way."""
        if self.status is ProjectStatus.PLANNED:
            self.status = ProjectStatus.RUNNING
