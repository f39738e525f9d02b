"""The tables of custom fields, on their own metadata, and what a table needs to have such fields."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import access
from chassis.database import Aggregate, Conventions, naming, now, uuid7


class Model(Conventions, DeclarativeBase):
    """The base of the tables of custom fields."""

    metadata = naming()


class FieldDefinition(Aggregate, Model):
    """A field that the company added to a kind of object."""

    __tablename__ = "field_definition"
    __table_args__ = (UniqueConstraint("object", "key"),)

    object: Mapped[str] = mapped_column(String(63))
    key: Mapped[str] = mapped_column(String(50))
    type: Mapped[str] = mapped_column(String(32))
    label_zh: Mapped[str] = mapped_column(String(100))
    label_en: Mapped[str] = mapped_column(String(100))
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    required: Mapped[bool] = mapped_column(default=False)
    unique: Mapped[bool] = mapped_column(default=False)
    default: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    help: Mapped[str] = mapped_column(Text, default="")
    group: Mapped[str] = mapped_column(String(100), default="")
    position: Mapped[int] = mapped_column(default=0)
    visible_when: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    required_when: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(100)), default=list)
    retired: Mapped[bool] = mapped_column(default=False)


class FieldSchema(Aggregate, Model):
    """The fields of one kind of object as a whole; its revision changes with any of them, and its form."""

    __tablename__ = "field_schema"

    object: Mapped[str] = mapped_column(String(63), unique=True)
    revision: Mapped[UUID] = mapped_column(default=uuid7)
    layout: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)


class UniqueValue(Model):
    """A value that no other record may have in this field."""

    __tablename__ = "custom_value"

    field_id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    record_id: Mapped[UUID] = mapped_column(index=True)


class FieldCounter(Model):
    """The next number of a field that counts."""

    __tablename__ = "field_counter"

    field_id: Mapped[UUID] = mapped_column(primary_key=True)
    next: Mapped[int] = mapped_column(BigInteger)


class Custom:
    """What an object's table needs so that a company can add fields to it; name it before Aggregate."""

    custom: Mapped[dict[str, Any]] = mapped_column(
        JSONB, default=dict, server_default=text("'{}'"), sort_order=80
    )

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)  # makes the table
        table: Any = getattr(cls, "__table__", None)
        if table is not None:
            name = f"ix_{table.name}_custom"
            Index(name, table.c.custom, postgresql_using="gin", postgresql_ops={"custom": "jsonb_path_ops"})


class StoredFile(Model):
    """A file that somebody uploaded; its bytes lie in the store under their digest."""

    __tablename__ = "stored_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(255))
    uploaded_at: Mapped[datetime] = mapped_column(default=now)
    uploaded_by: Mapped[UUID | None] = mapped_column(default=access.actor_id)
    field_id: Mapped[UUID | None] = mapped_column()  # where it was attached first
    record_id: Mapped[UUID | None] = mapped_column(index=True)

    __table_args__ = (
        Index("ix_stored_file_unattached", "uploaded_at", postgresql_where=text("record_id IS NULL")),
    )
