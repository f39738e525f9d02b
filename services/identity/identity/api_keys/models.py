"""Keys with which programs act for themselves, made by an employee."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from identity.model import Model


class ApiKey(Aggregate, Model):
    """A principal with some of its owner's roles, cut to its scopes; it ends with its owner's employment."""

    __tablename__ = "api_key"
    __table_args__ = (
        Index("ix_api_key_created_at", "created_at"),
        Index("ix_api_key_owner_id_created_at", "owner_id", "created_at"),
    )

    name: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("employee.id"))
    prefix: Mapped[str] = mapped_column(String(20))  # by which people recognise it
    hash: Mapped[str] = mapped_column(String(64), unique=True, info={"secret": True})
    roles: Mapped[list[str]] = mapped_column(ARRAY(String))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String))
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column()


class ApiKeyUse(Model):
    """When a key was exchanged last; apart, since using a key does not change it."""

    __tablename__ = "api_key_use"

    api_key_id: Mapped[UUID] = mapped_column(ForeignKey("api_key.id"), primary_key=True)
    used_at: Mapped[datetime]
