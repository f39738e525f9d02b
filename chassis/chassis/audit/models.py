"""The tables of the audit, on their own metadata: rows are only ever added, see chassis.audit.guard."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Conventions, naming


class Model(Conventions, DeclarativeBase):
    """The base of the tables of the audit."""

    metadata = naming()


class AuditEntry(Model):
    """Who did what to which record, when, whence and why; `number` is the order of writing."""

    __tablename__ = "audit_entry"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    object: Mapped[str] = mapped_column(String(63))
    record_id: Mapped[UUID | None]  # none for an export
    record_version: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[UUID | None]
    actor_kind: Mapped[str] = mapped_column(String(10))
    actor_name: Mapped[str] = mapped_column(Text)
    on_behalf_of: Mapped[UUID | None]
    channel: Mapped[str] = mapped_column(String(10))
    operation: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    cause: Mapped[str | None] = mapped_column(Text)
    trace_id: Mapped[str | None] = mapped_column(String(32))
    fields: Mapped[list[str]] = mapped_column(ARRAY(Text))  # the keys of `changes`, and their first parts
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB)  # field: [before, after]
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # of a read or an export
    address: Mapped[str | None] = mapped_column(String(45))  # of whoever asked; last, see sealing.chained

    __table_args__ = (
        Index("ix_audit_entry_record", "record_id", "at"),
        Index("ix_audit_entry_actor", "actor_id", "at", postgresql_where=text("actor_id IS NOT NULL")),
        Index(
            "ix_audit_entry_behalf", "on_behalf_of", "at", postgresql_where=text("on_behalf_of IS NOT NULL")
        ),
        Index("ix_audit_entry_fields", "fields", postgresql_using="gin"),
    )


class AuditSeal(Model):
    """A link of the chain: the hash of an entry together with all entries before it."""

    __tablename__ = "audit_seal"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger)  # of the entry
    entry_id: Mapped[UUID] = mapped_column(unique=True)
    hash: Mapped[bytes] = mapped_column(BYTEA)
