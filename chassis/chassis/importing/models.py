"""The tables of imports, on their own metadata: each service's migrations take them in."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Conventions, naming, now, uuid7


class Model(Conventions, DeclarativeBase):
    """The base of the tables of imports."""

    metadata = naming()


SKIP, UPDATE, CREATE = "skip", "update", "create"  # what happens to a record that is there already


class JobState(StrEnum):
    """Where an import stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


class ImportFile(Model):
    """A file that was sent in, read into chunks of rows."""

    __tablename__ = "import_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(10))  # csv or xlsx
    encoding: Mapped[str | None] = mapped_column(String(20))
    delimiter: Mapped[str | None] = mapped_column(String(1))
    headers: Mapped[list[str]] = mapped_column(JSONB)
    rows: Mapped[int] = mapped_column()
    created_by: Mapped[UUID | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


class ImportChunk(Model):
    """Some rows of a file as they stood there."""

    __tablename__ = "import_chunk"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("import_file.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    rows: Mapped[bytes] = mapped_column(LargeBinary)  # JSON, encrypted where there are keys


class ImportMapping(Model):
    """How somebody mapped the columns of such a file last."""

    __tablename__ = "import_mapping"

    object: Mapped[str] = mapped_column(String(100), primary_key=True)
    headers: Mapped[str] = mapped_column(String(64), primary_key=True)  # a digest of the headers
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class ImportJob(Model):
    """One run of a file through a mapping; `position` is the chunk that comes next."""

    __tablename__ = "import_job"
    __table_args__ = (
        Index(
            "ix_import_job_open",
            "created_at",
            postgresql_where=text("state IN ('waiting', 'running', 'undoing')"),
        ),
        Index("ix_import_job_object_created_at", "object", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    object: Mapped[str] = mapped_column(String(100))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("import_file.id", ondelete="CASCADE"), index=True)
    columns: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    duplicates: Mapped[str] = mapped_column(String(10))
    dry_run: Mapped[bool] = mapped_column()
    state: Mapped[JobState] = mapped_column(default=JobState.WAITING)
    position: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)
    report: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    error: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)  # at the present chunk
    leased_by: Mapped[UUID | None] = mapped_column()
    leased_until: Mapped[datetime | None] = mapped_column()
    principal: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_by: Mapped[UUID | None] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None] = mapped_column()


class ImportOutcome(Model):
    """What became of the rows of one chunk: one entry per row, see `outcomes`."""

    __tablename__ = "import_outcome"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("import_job.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    rows: Mapped[list[Any]] = mapped_column(JSONB)
    refused: Mapped[int] = mapped_column()
