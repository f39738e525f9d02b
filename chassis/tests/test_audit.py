"""What the audit keeps of every change, and what it keeps out."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import String, insert, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.access import Principal, acting_as
from chassis.audit import guard, recording
from chassis.audit import models as audit
from chassis.audit.context import arising_from, because, caused_by
from chassis.audit.models import AuditEntry, AuditSeal
from chassis.audit.sealing import Head, Sealer
from chassis.audit.verification import Tampered, verify
from chassis.database import Aggregate, Conventions, Database, fetch, naming, uuid7
from chassis.errors import Invalid
from chassis.testing import as_employee, employee

pytestmark = pytest.mark.feature("F109")


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


class Remark(Model):
    """No aggregate."""

    __tablename__ = "remark"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)


@pytest.fixture
async def database(alpha_database: Database) -> Database:
    """A database with the audit's tables, guarded as migrations guard them."""
    async with alpha_database.engine.begin() as connection:
        for metadata in (Model.metadata, audit.Model.metadata):
            await connection.run_sync(metadata.create_all)
        for statement in guard.PROTECT:
            await connection.execute(text(statement))
    return alpha_database


async def entries(database: Database) -> Sequence[AuditEntry]:
    async with database.transaction() as session:
        return (await session.scalars(select(AuditEntry).order_by(AuditEntry.number))).all()


async def made(database: Database, **values: Any) -> UUID:
    async with database.transaction() as session:
        thing = Thing(**{"name": "lamp", **values})
        session.add(thing)
    return thing.id


async def test_a_change_leaves_who_when_whence_why_and_what(database: Database) -> None:
    ada, owner = employee(), uuid7()
    id = await made(database, price=Decimal("12.5"), custom={"size": 3})

    with acting_as(ada), arising_from("graphql", "paintThing"), because("asked by phone"), caused_by("r1"):
        async with database.transaction() as session:
            thing = await fetch(session, Thing, id)
            thing.colour, thing.price, thing.owner_id = Colour.BLUE, Decimal("10.00"), owner
            thing.custom = {"size": 3, "shape": "round"}

    first, second = await entries(database)
    assert first.action == "created"
    assert first.changes == {
        "name": [None, "lamp"],
        "price": [None, "12.5"],
        "colour": [None, "red"],
        "custom.size": [None, 3],
    }
    assert (second.object, second.record_id, second.record_version) == ("thing", id, 2)
    assert (second.action, second.actor_id, second.actor_kind) == ("updated", ada.id, "employee")
    assert (second.channel, second.operation) == ("graphql", "paintThing")
    assert (second.reason, second.cause, second.actor_name) == ("asked by phone", "r1", "Ada")
    assert second.changes == {
        "colour": ["red", "blue"],
        "price": ["12.5", "10"],
        "owner_id": [None, str(owner)],
        "custom.shape": [None, "round"],
    }
    assert sorted(second.fields) == sorted(second.changes)
    assert second.at >= first.at


async def test_what_is_done_for_an_event_is_the_services_on_behalf_of_its_actor(database: Database) -> None:
    somebody = uuid7()
    with acting_as(Principal("service", somebody, "alpha")), arising_from("event", "a.b.Happened"):
        await made(database)

    [entry] = await entries(database)
    assert (entry.actor_id, entry.actor_kind, entry.actor_name) == (None, "service", "alpha")
    assert (entry.on_behalf_of, entry.channel, entry.operation) == (somebody, "event", "a.b.Happened")


async def test_many_flushes_of_a_record_are_one_entry(database: Database) -> None:
    id = await made(database)
    async with database.transaction() as session:
        thing = await fetch(session, Thing, id)
        for price in (1, 2, 3):
            thing.price, thing.name = Decimal(price), f"lamp {price}"
            await session.flush()
        thing.name = "lamp"
        await session.flush()

    _, entry = await entries(database)
    assert entry.changes == {"price": [None, "3"]}
    assert entry.record_version == 5


async def test_a_savepoint_takes_its_entries_back(database: Database) -> None:
    id = await made(database)
    async with database.transaction() as session:
        thing = await fetch(session, Thing, id)
        thing.name = "desk"
        async with session.begin_nested():
            kept = Thing(name="kept")
            session.add(kept)
            await session.flush()
            with pytest.raises(LookupError):
                await _fail(session)
        await session.refresh(thing)

    assert [(entry.action, entry.changes.get("name")) for entry in await entries(database)] == [
        ("created", [None, "lamp"]),
        ("updated", ["lamp", "desk"]),
        ("created", [None, "kept"]),
    ]


async def _fail(session: AsyncSession) -> None:
    async with session.begin_nested():
        session.add(Thing(name="dropped"))
        await session.flush()
        raise LookupError


async def test_what_is_taken_back_leaves_nothing(database: Database) -> None:
    async def failing() -> None:
        async with database.transaction() as session:
            await _fail(session)

    with pytest.raises(LookupError):
        await failing()
    async with database.transaction() as session:
        thing = Thing(name="lamp")
        session.add(thing)
        await session.flush()
        await session.delete(thing)
    assert not await entries(database)


async def test_a_deletion_keeps_what_was(database: Database) -> None:
    id = await made(database)
    async with database.transaction() as session:
        await session.delete(await fetch(session, Thing, id))

    _, entry = await entries(database)
    assert (entry.action, entry.record_id) == ("deleted", id)
    assert entry.changes["name"] == ["lamp", None]


async def test_secrets_are_told_as_changed_but_never_kept(database: Database) -> None:
    id = await made(database, secret_hash="s3cret")
    async with database.transaction() as session:
        (await fetch(session, Thing, id)).secret_hash = "other"

    for entry in await entries(database):
        assert "secret_hash" not in entry.changes
    assert [entry.action for entry in await entries(database)] == ["created", "updated"]


async def test_what_is_no_aggregate_or_does_not_change_leaves_nothing(database: Database) -> None:
    id = await made(database)
    async with database.transaction() as session:
        session.add(Remark())
        (await fetch(session, Thing, id)).name = "lamp"

    assert len(await entries(database)) == 1


async def test_what_goes_past_the_session_can_be_recorded_with_it(database: Database) -> None:
    rows = [Thing(id=uuid7(), version=1, name=name, colour=Colour.RED) for name in ("a", "b")]
    with as_employee():
        async with database.transaction() as session:
            columns = ("id", "version", "name", "colour")
            values = [{name: getattr(row, name) for name in columns} for row in rows]
            await session.execute(insert(Thing.__table__), values)  # type: ignore[arg-type]
            recording.created(session, rows)
            recording.changed(session, "thing", rows[0].id, 2, "updated", {"name": ("a", "c")})

    assert [entry.changes["name"] for entry in await entries(database)] == [[None, "c"], [None, "b"]]


async def test_a_reason_has_at_most_500_characters() -> None:
    with pytest.raises(Invalid, match="at most 500"), because("x" * 501):
        pass


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET reason = 'none'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE audit_seal SET position = 1",
        "DELETE FROM audit_seal",
        "TRUNCATE audit_seal",
    ],
)
async def test_the_service_itself_cannot_change_its_audit(database: Database, statement: str) -> None:
    await made(database)
    with pytest.raises(DBAPIError, match=r"permission denied|append-only"):
        async with database.transaction() as session:
            await session.execute(text(statement))
    assert len(await entries(database)) == 1


async def sealed(database: Database) -> Sequence[AuditSeal]:
    """Two looks seal what is there: the second knows that nothing older is under way."""
    sealer = Sealer(database)
    await sealer.seal()
    await sealer.seal()
    async with database.transaction() as session:
        return (await session.scalars(select(AuditSeal).order_by(AuditSeal.position))).all()


async def tamper(database: Database, *statements: str) -> None:
    """Do what only the owner of the tables can: it takes the guard away first."""
    async with database.engine.begin() as connection:
        for statement in (*guard.UNPROTECT, *statements):
            await connection.execute(text(statement))


async def test_every_entry_is_sealed_in_order_and_the_chain_holds(database: Database) -> None:
    for _ in range(3):
        await made(database)

    seals = await sealed(database)

    assert [seal.entry_id for seal in seals] == [entry.id for entry in await entries(database)]
    assert await verify(database) == Head(3, seals[-1].hash)
    assert Head.parse(str(Head(3, seals[-1].hash))) == Head(3, seals[-1].hash)


async def test_an_entry_that_commits_late_is_sealed_in_its_place(database: Database) -> None:
    sealer = Sealer(database)
    async with database.transaction() as slow:
        slow.add(Thing(name="first"))
        await slow.flush()
        await slow.run_sync(recording.write)
        await made(database, name="second")
        for _ in range(3):
            assert await sealer.seal() == 0
    await sealer.seal()
    await sealer.seal()

    assert [entry.changes["name"] for entry in await entries(database)] == [[None, "first"], [None, "second"]]
    assert (await verify(database)).position == 2


async def test_two_workers_make_one_chain(database: Database) -> None:
    sealers = [Sealer(database) for _ in range(3)]
    for _ in range(5):
        await asyncio.gather(*(made(database) for _ in range(4)))
        await asyncio.gather(*(sealer.seal() for sealer in sealers))
    await asyncio.gather(*(sealer.seal() for sealer in sealers))
    await asyncio.gather(*(sealer.seal() for sealer in sealers))

    assert (await verify(database)).position == 20


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            """UPDATE audit_entry SET changes = '{"name": ["a"]}' WHERE number = 2""",
            "number 2.*changed",
        ),
        ("UPDATE audit_entry SET actor_name = 'Eve' WHERE number = 3", "number 3.*changed"),
        ("UPDATE audit_entry SET at = at + interval '1 us' WHERE number = 1", "number 1.*changed"),
        ("DELETE FROM audit_entry WHERE number = 2", "number 2.*removed"),
        ("DELETE FROM audit_seal WHERE position = 2", "seal 2 was removed"),
        ("UPDATE audit_entry SET number = 99 WHERE number = 2", "number 99.*reordered"),
        (
            "UPDATE audit_seal s SET entry_id = e.id FROM audit_entry e"
            " WHERE s.number IN (2, 3) AND e.number = 5 - s.number",
            "number 3.*reordered",
        ),
        (
            "INSERT INTO audit_entry SELECT (json_populate_record(e, json_build_object("
            "'id', gen_random_uuid(), 'number', 0))).* FROM audit_entry e WHERE number = 1",
            "number 0.*inserted",
        ),
    ],
)
async def test_tampering_is_found(database: Database, statement: str, found: str) -> None:
    for _ in range(4):
        await made(database)
    await sealed(database)

    await tamper(database, "ALTER TABLE audit_seal DROP CONSTRAINT uq_audit_seal_entry_id", statement)

    with pytest.raises(Tampered, match=found):
        await verify(database)


async def test_a_tail_that_was_cut_off_is_found_by_a_head_noted_before(database: Database) -> None:
    for _ in range(3):
        await made(database)
    await sealed(database)
    noted = await verify(database)

    await tamper(
        database, "DELETE FROM audit_entry WHERE number = 3", "DELETE FROM audit_seal WHERE position = 3"
    )

    assert (await verify(database)).position == 2
    with pytest.raises(Tampered, match="tail was removed"):
        await verify(database, expected=noted)
    with pytest.raises(Tampered, match="written anew"):
        await verify(database, expected=Head(2, noted.hash))


async def test_what_was_archived_may_be_gone(database: Database) -> None:
    for _ in range(3):
        await made(database)
    await sealed(database)
    await tamper(database, "DELETE FROM audit_entry WHERE number <= 2")

    assert (await verify(database, after=2)).position == 3


async def test_an_entry_that_nobody_seals_is_found_after_a_minute(database: Database) -> None:
    await made(database)
    assert (await verify(database)).position == 0

    await tamper(database, "UPDATE audit_entry SET at = at - interval '61 s'")
    with pytest.raises(Tampered, match="1 entries older than a minute are not sealed"):
        await verify(database)
