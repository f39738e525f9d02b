"""Whatever is done to the audit behind its back is found."""

import asyncio
from collections.abc import Sequence
from hashlib import sha256

import pytest
from sqlalchemy import select, text

from chassis.audit import guard, recording
from chassis.audit.models import AuditSeal
from chassis.audit.sealing import Head, Sealer, chained
from chassis.audit.verification import Tampered, verify
from chassis.database import Database
from chassis.tests.audited_things import Thing, entries, guarded, made

pytestmark = pytest.mark.feature("F109")


@pytest.fixture
async def database(alpha_database: Database) -> Database:
    """A database whose things are recorded."""
    return await guarded(alpha_database)


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


def test_entries_that_were_sealed_before_addresses_were_noted_still_hold() -> None:
    assert chained(b"before", [1, "lead", None]) == sha256(b"before" + b'[1,"lead"]').digest()
    assert chained(b"before", [1, "lead", "::1"]) == sha256(b"before" + b'[1,"lead","::1"]').digest()


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
        ("UPDATE audit_entry SET address = '203.0.113.9' WHERE number = 2", "number 2.*changed"),
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
