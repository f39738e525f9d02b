"""The keys of a service's encrypted columns, themselves encrypted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Conventions, naming, now, uuid7

FIELDS, INDEX = "fields", "index"


class Model(Conventions, DeclarativeBase):
    """The base of the tables of secrets."""

    metadata = naming()


class DataKey(Model):
    """A key, wrapped by a master key: for fields from a time on, or for the blind indexes."""

    __tablename__ = "data_key"
    __table_args__ = (CheckConstraint("purpose IN ('fields', 'index')", name="purpose"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    purpose: Mapped[str] = mapped_column(String(10))
    wrapped: Mapped[str] = mapped_column(Text)
    active_from: Mapped[datetime] = mapped_column(default=now)
