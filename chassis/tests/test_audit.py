"""What the audit keeps of every change, and what it keeps out."""

from decimal import Decimal

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import Principal, acting_as
from chassis.audit import recording
from chassis.audit.context import arising_from, because, caused_by
from chassis.database import Database, fetch, uuid7
from chassis.errors import Invalid
from chassis.testing import as_employee, employee
from chassis.tests.audited_things import Colour, Piece, Remark, Thing, entries, guarded, made

pytestmark = pytest.mark.feature("F109")


@pytest.fixture
async def database(alpha_database: Database) -> Database:
    """A database whose things are recorded."""
    return await guarded(alpha_database)


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
    assert set(second.fields) == {*second.changes, "custom"}
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


async def test_what_happens_to_a_part_is_a_change_of_the_whole(database: Database) -> None:
    async with database.transaction() as session:
        thing = Thing(name="lamp")
        session.add(thing)
        await session.flush()
        session.add_all([Piece(thing_id=thing.id, position=place, weight=1, key="k") for place in (1, 2)])
    async with database.transaction() as session:
        first = await session.get_one(Piece, (thing.id, 1))
        second = await session.get_one(Piece, (thing.id, 2))
        first.weight, first.label = 5, "base"
        await session.delete(second)

    made, changed = await entries(database)
    assert (made.action, made.record_version, made.record_id) == ("created", 1, thing.id)
    assert made.changes["piece.2"] == [None, {"weight": 1}]
    assert (changed.object, changed.action, changed.record_id) == ("thing", "updated", thing.id)
    assert changed.changes == {
        "piece.1": [{"weight": 1, "label": None}, {"weight": 5, "label": "base"}],
        "piece.2": [{"weight": 1, "label": None}, None],
    }
    assert set(changed.fields) == {"piece", "piece.1", "piece.2"}


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
