"""The links under which exports are fetched, kept as a record of who took what."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Conventions, naming, now, uuid7


class Model(Conventions, DeclarativeBase):
    """The base of the tables of exports."""

    metadata = naming()


class ExportLink(Model):
    """What may be fetched by who knows the secret, until it expires."""

    __tablename__ = "export_link"
    __table_args__ = (Index("ix_export_link_object_created_at", "object", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    secret: Mapped[str] = mapped_column(String(64), unique=True)  # its digest
    object: Mapped[str] = mapped_column(String(100))
    table: Mapped[str] = mapped_column(String(100))
    format: Mapped[str] = mapped_column(String(10))
    columns: Mapped[list[str]] = mapped_column(JSONB)
    condition: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    order: Mapped[list[list[str]]] = mapped_column(JSONB)
    search: Mapped[str | None] = mapped_column(String(100))
    principal: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_by: Mapped[UUID | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column()
    fetched_at: Mapped[datetime | None] = mapped_column()
    rows: Mapped[int | None] = mapped_column()  # that were written out, when it was fetched to its end
