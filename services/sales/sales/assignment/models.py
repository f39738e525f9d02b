"""Who gets which leads."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, String
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from sales.model import Model


class AssignmentRule(Aggregate, Model):
    """Leads that meet the condition go to one of these employees or of this team; lower positions first."""

    __tablename__ = "assignment_rule"
    __table_args__ = (
        CheckConstraint("(team_id IS NULL) = (cardinality(owner_ids) > 0)", name="owners_or_team"),
    )

    name: Mapped[str] = mapped_column(String(200), unique=True)
    position: Mapped[int] = mapped_column(index=True)
    condition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    owner_ids: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    team_id: Mapped[UUID | None]
    active: Mapped[bool] = mapped_column(default=True)


class OwnerLoad(Model):
    """How many leads an employee was given so far, and when the last one."""

    __tablename__ = "owner_load"

    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    leads: Mapped[int]
    last_assigned_at: Mapped[datetime]
