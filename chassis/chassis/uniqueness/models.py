"""The rules, and the keys that records hold under them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Conventions, naming, now


class Model(Conventions, DeclarativeBase):
    """The base of the tables of uniqueness."""

    metadata = naming()


class UniquenessRule(Model):
    """Fields of an object of which no two records may have equal values; replaces the default rules."""

    __tablename__ = "uniqueness_rule"

    object: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    fields: Mapped[list[str]] = mapped_column(JSONB)
    active: Mapped[bool] = mapped_column()
    updated_by: Mapped[UUID | None] = mapped_column()
    updated_at: Mapped[datetime] = mapped_column(default=now)


class UniqueKey(Model):
    """What one record holds under one rule, normalised; nobody else can hold it."""

    __tablename__ = "unique_key"
    __table_args__ = (Index("ix_unique_key_record_id", "object", "record_id"),)

    object: Mapped[str] = mapped_column(String(100), primary_key=True)
    rule: Mapped[str] = mapped_column(String(100), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # a digest of the values
    record_id: Mapped[UUID] = mapped_column()
