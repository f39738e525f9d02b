"""Things whose changes are recorded, for the tests of the audit."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.audit import guard
from chassis.audit import models as audit
from chassis.audit.models import AuditEntry
from chassis.database import Aggregate, Conventions, Database, naming, uuid7


class Model(Conventions, DeclarativeBase):
    """The base of this file's tables."""

    metadata = naming()


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Thing(Aggregate, Model):
    """Something with a value of each kind."""

    __tablename__ = "thing"

    name: Mapped[str] = mapped_column(String(200))
    price: Mapped[Decimal | None]
    colour: Mapped[Colour] = mapped_column(default=Colour.RED)
    owner_id: Mapped[UUID | None]
    custom: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    secret_hash: Mapped[str | None] = mapped_column(info={"secret": True})


class Piece(Model):
    """A part of a thing."""

    __tablename__ = "piece"
    part_of = "thing_id"

    thing_id: Mapped[UUID] = mapped_column(ForeignKey("thing.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    weight: Mapped[int]
    label: Mapped[str | None]
    key: Mapped[str | None] = mapped_column(info={"secret": True})


class Remark(Model):
    """No aggregate."""

    __tablename__ = "remark"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)


async def guarded(database: Database) -> Database:
    """Return the database with these tables and the audit's, guarded as migrations guard them."""
    async with database.engine.begin() as connection:
        for metadata in (Model.metadata, audit.Model.metadata):
            await connection.run_sync(metadata.create_all)
        for statement in guard.PROTECT:
            await connection.execute(text(statement))
    return database


async def entries(database: Database) -> Sequence[AuditEntry]:
    """Return what was recorded, oldest first."""
    async with database.transaction() as session:
        return (await session.scalars(select(AuditEntry).order_by(AuditEntry.number))).all()


async def made(database: Database, **values: Any) -> UUID:
    """Make a thing; return its id."""
    async with database.transaction() as session:
        thing = Thing(**{"name": "lamp", **values})
        session.add(thing)
    return thing.id
