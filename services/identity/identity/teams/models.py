"""Teams: who works together, as a tree."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from chassis.database import Aggregate
from identity.model import Model


class Ltree(UserDefinedType[str]):
    """PostgreSQL's `ltree`: the labels from the top down, joined by dots."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in SQL."""
        return "ltree"


ischema_names["ltree"] = Ltree  # so that `check-migrations` recognises the column


class Team(Aggregate, Model):
    """A group of employees; `path` holds the ids (hex) of the teams above and its own."""

    __tablename__ = "team"
    __table_args__ = (
        UniqueConstraint("parent_id", "name", postgresql_nulls_not_distinct=True),
        Index("ix_team_path", "path", postgresql_using="gist"),
    )

    name: Mapped[str] = mapped_column(String(200))
    name_sort: Mapped[str] = mapped_column(String(1000), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("team.id"))
    path: Mapped[str] = mapped_column(Ltree)
    manager_id: Mapped[UUID | None] = mapped_column(index=True)
    calendar_id: Mapped[UUID | None] = mapped_column(ForeignKey("calendar.id"))

    def place(self) -> list[UUID]:
        """Return the ids of the teams from the top down to this one."""
        return [UUID(label) for label in self.path.split(".")]
