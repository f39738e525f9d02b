"""Events between services, on real PostgreSQL and NATS: in order, and with effect exactly once."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from chassis import access
from chassis.access import Principal
from chassis.database import Conventions, Database, naming, now, uuid7
from chassis.errors import Conflict, Invalid, LimitExceeded, NotFound, Unavailable
from chassis.messaging import deadletters, streams
from chassis.messaging.connection import connect
from chassis.messaging.envelope import Envelope
from chassis.messaging.models import DeadLetter, InboxEvent, Model, OutboxEvent
from chassis.messaging.outbox import emit
from chassis.messaging.relay import Relay
from chassis.messaging.replay import replay
from chassis.messaging.subscriber import Handlers, NotYet, Subscriber
from chassis.settings import ServiceSettings
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from deploy.local import nats as nats_server
from deploy.local.nats import Nats
from deploy.local.ports import free_ports
from deploy.local.postgres import Postgres
from deploy.local.supervisor import Supervisor

NAMES = ("alpha", "beta", "gamma")
QUICK = (0.05, 0.05, 0.05)


def event_type(full_name: str, **fields: int) -> Any:
    """A protobuf message of its own small world, so that these tests need no contract."""
    package, name = full_name.rsplit(".", 1)
    file = FileDescriptorProto(name=full_name, package=package, syntax="proto3")
    message = file.message_type.add(name=name)
    for number, (field_name, kind) in enumerate(fields.items(), 1):
        message.field.add(
            name=field_name, number=number, type=kind, label=FieldDescriptorProto.LABEL_OPTIONAL
        )
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return GetMessageClass(pool.FindMessageTypeByName(full_name))


TEXT, NUMBER = FieldDescriptorProto.TYPE_STRING, FieldDescriptorProto.TYPE_INT32
Opened = event_type("roundel.alpha.v1.Opened", item_name=TEXT, number=NUMBER)
Closed = event_type("roundel.alpha.v1.Closed", item_name=TEXT, number=NUMBER)
NewerOpened = event_type("roundel.alpha.v1.Opened", item_name=TEXT, number=NUMBER, added_later=TEXT)
Asked = event_type("roundel.beta.v1.Asked", item_name=TEXT, number=NUMBER)
Answered = event_type("roundel.gamma.v1.Answered", item_name=TEXT, number=NUMBER)


class Base(Conventions, DeclarativeBase):
    metadata = naming()


class Note(Base):
    """An effect without any protection of its own against happening twice."""

    __tablename__ = "note"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    position: Mapped[int] = mapped_column(autoincrement=True)
    text: Mapped[str]
    number: Mapped[int]
    actor: Mapped[UUID | None]


@dataclass
class Party:
    """One service as these tests need it."""

    name: str
    database: Database
    nats: Client

    def relay(self) -> Relay:
        return Relay(self.database, self.nats, self.name)

    def subscriber(self, handlers: Handlers) -> Subscriber:
        return Subscriber(self.database, self.nats, self.name, handlers, delays=QUICK)

    async def emit(self, kind: Any, *numbers: int, subject: UUID | None = None) -> None:
        async with self.database.transaction() as session:
            for number in numbers:
                emit(session, kind(item_name="项目", number=number), subject=subject or uuid7())
                await session.flush()

    async def notes(self) -> list[int]:
        return list(await self.rows(select(Note.number).order_by(Note.id)))

    async def rows(self, statement: Any) -> list[Any]:
        async with self.database.transaction() as session:
            return list((await session.scalars(statement)).all())

    async def numbers_told(self) -> list[int]:
        stream = self.nats.jetstream()
        count = (await stream.stream_info(self.name)).state.messages
        return [
            json.loads((await stream.get_msg(self.name, at + 1)).data or "")["number"] for at in range(count)
        ]

    async def told_all(self) -> None:
        assert await self.rows(select(OutboxEvent.id).where(OutboxEvent.published_at.is_(None))) == []

    async def has_told(self, numbers: list[int]) -> None:
        assert await self.numbers_told() == numbers

    async def keeps(self, count: int) -> None:
        assert len(await self.rows(select(OutboxEvent.id))) == count

    async def has_noted(self, numbers: list[int]) -> None:
        assert await self.notes() == numbers

    async def has_noted_in_any_order(self, numbers: Iterable[int]) -> None:
        assert sorted(await self.notes()) == list(numbers)

    async def has_dead_letters(self, count: int) -> None:
        assert len(await deadletters.unresolved(self.database)) == count

    async def is_done_with(self, stream: str) -> None:
        try:
            info = await self.nats.jetstream().consumer_info(stream, self.name)
        except NotFoundError as error:
            raise AssertionError from error
        assert (info.num_pending, info.num_ack_pending) == (0, 0)


@dataclass
class Bus:
    server: Nats
    supervisor: Supervisor
    clients: list[Client] = field(default_factory=list)

    async def connect(self, name: str) -> Client:
        settings = ServiceSettings(
            issuer="-",
            jwks_url="-",
            database_url="-",
            nats_url=self.server.url(name),
            nats_monitor_url=self.server.monitor_url,
        )
        self.clients.append(await connect(settings))
        return self.clients[-1]


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    program, server = nats_server.embedded(tmp_path, *free_ports(2), dict.fromkeys(NAMES, "local"))
    bus = Bus(server, Supervisor(tmp_path))
    await bus.supervisor.start(program)
    yield bus
    for client in bus.clients:
        await client.close()
    await bus.supervisor.stop()


@pytest.fixture(scope="module")
async def databases(postgres: Postgres) -> AsyncIterator[dict[str, Database]]:
    made = {name: Database(await postgres.create_database(f"messaging_{name}")) for name in NAMES}
    for database in made.values():
        async with database.engine.begin() as connection:
            await connection.run_sync(Model.metadata.create_all)
            await connection.run_sync(Base.metadata.create_all)
    yield made
    for database in made.values():
        await database.close()


@pytest.fixture
async def parties(bus: Bus, databases: dict[str, Database]) -> AsyncIterator[list[Party]]:
    yield [Party(name, databases[name], await bus.connect(name)) for name in NAMES]
    for database in databases.values():
        async with database.transaction() as session:
            for table in (OutboxEvent, InboxEvent, DeadLetter, Note):
                await session.execute(delete(table))


async def eventually(check: Callable[[], Awaitable[None]], seconds: float = 20) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            return await check()
        except AssertionError:
            if asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(0.02)


@asynccontextmanager
async def running(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def note(session: AsyncSession, event: Any, envelope: Envelope) -> None:
    session.add(Note(text=event.item_name, number=event.number, actor=access.actor_id()))


async def at_least(count: int, found: list[int]) -> None:
    assert len(found) >= count


async def no_negatives(session: AsyncSession, event: Any, envelope: Envelope) -> None:
    await note(session, event, envelope)
    if event.number < 0:
        raise Invalid(f"{event.number} is negative")


# --- Telling -----------------------------------------------------------------------------------


async def test_what_is_rolled_back_is_never_told(parties: list[Party]) -> None:
    alpha, _, _ = parties
    with pytest.raises(Invalid):
        async with alpha.database.transaction() as session:
            emit(session, Opened(number=1), subject=uuid7())
            await session.flush()
            raise Invalid("no")
    async with running(alpha.relay().run()):
        await alpha.emit(Opened, 2)
        await eventually(alpha.told_all)
    assert await alpha.numbers_told() == [2]


async def test_an_event_too_large_for_the_stream_is_refused_in_its_transaction(parties: list[Party]) -> None:
    async with parties[0].database.transaction() as session:
        with pytest.raises(LimitExceeded, match=r"alpha\.v1\.Opened"):
            emit(session, Opened(item_name="x" * 600_000), subject=uuid7())


async def test_a_message_is_a_cloud_event(parties: list[Party]) -> None:
    alpha, actor, subject = parties[0], uuid7(), uuid7()
    with access.acting_as(Principal("employee", actor)):
        await alpha.emit(Opened, 7, subject=subject)
    async with running(alpha.relay().run()):
        await eventually(alpha.told_all)
    message = await alpha.nats.jetstream().get_msg("alpha", 1)
    [row] = await alpha.rows(select(OutboxEvent))
    assert message.data == b'{"number": 7, "itemName": "\xe9\xa1\xb9\xe7\x9b\xae"}'
    assert message.subject == "roundel.alpha.v1.Opened"
    assert Envelope.from_headers(message.headers or {}) == Envelope(
        row.id, "roundel.alpha.v1.Opened", "roundel/alpha", str(subject), row.created_at, actor
    )


async def test_four_relays_at_once_keep_the_order(parties: list[Party]) -> None:
    alpha = parties[0]
    async with running(*(alpha.relay().run() for _ in range(4))):
        for start in range(0, 1000, 20):
            await alpha.emit(Opened, *range(start, start + 20))
        await eventually(alpha.told_all)
    assert await alpha.numbers_told() == list(range(1000))


async def test_a_lower_position_committed_later_is_told_too(parties: list[Party]) -> None:
    alpha = parties[0]
    async with running(alpha.relay().run()):
        async with alpha.database.transaction() as slow:
            emit(slow, Opened(number=1), subject=uuid7())
            await slow.flush()
            await alpha.emit(Opened, 2)
            await eventually(lambda: alpha.has_told([2]))
        await eventually(lambda: alpha.has_told([2, 1]))


@pytest.mark.parametrize("count", [1, 50])
async def test_a_crash_between_publishing_and_marking_repeats_nothing(
    parties: list[Party], count: int
) -> None:
    alpha = parties[0]
    await alpha.emit(Opened, *range(count))
    async with running(alpha.relay().run()):
        await eventually(alpha.told_all)
    async with alpha.database.transaction() as session:  # what a crash before the commit leaves
        await session.execute(update(OutboxEvent).values(published_at=None))
    await alpha.emit(Opened, count)
    async with running(alpha.relay().run()):
        await eventually(alpha.told_all)
    assert await alpha.numbers_told() == list(range(count + 1))


async def test_published_events_are_kept_for_a_while(parties: list[Party]) -> None:
    alpha = parties[0]
    await alpha.emit(Opened, 1, 2)
    async with running(alpha.relay().run()):
        await eventually(alpha.told_all)
    async with alpha.database.transaction() as session:
        old = update(OutboxEvent).where(OutboxEvent.data["number"].as_integer() == 1)
        await session.execute(old.values(created_at=now() - timedelta(days=31)))
    async with running(alpha.relay().run()):
        await eventually(lambda: alpha.keeps(1))


async def test_a_server_that_may_lose_acknowledged_events_is_refused(bus: Bus, tmp_path: Path) -> None:
    await streams.check_durability(bus.server.monitor_url)
    program, careless = nats_server.embedded(tmp_path / "careless", *free_ports(2), {})
    file = tmp_path / "careless/nats.conf"
    file.write_text(file.read_text().replace('"always"', '"2m"'))
    supervisor = Supervisor(tmp_path / "careless")
    await supervisor.start(program)
    try:
        with pytest.raises(RuntimeError, match="sync_interval: always"):
            await streams.check_durability(careless.monitor_url)
    finally:
        await supervisor.stop()


# --- Listening ---------------------------------------------------------------------------------


async def test_a_redelivered_event_takes_effect_once(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    await alpha.emit(Opened, *range(150))
    async with running(alpha.relay().run()):
        await eventually(alpha.told_all)
    for _ in range(3):  # as if every acknowledgement were lost with the consumer
        async with running(beta.subscriber({Opened: note}).run()):
            await eventually(lambda: beta.is_done_with("alpha"))
        await beta.nats.jetstream().delete_consumer("alpha", "beta")
    assert await beta.notes() == list(range(150))


async def test_four_subscribers_at_once_handle_each_event_once(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    works = [beta.subscriber({Opened: note}).run() for _ in range(4)]
    async with running(alpha.relay().run(), *works):
        for start in range(0, 1000, 20):
            await alpha.emit(Opened, *range(start, start + 20))
        await eventually(lambda: beta.has_noted_in_any_order(range(1000)))


async def test_a_subscriber_may_start_before_the_stream_exists(parties: list[Party]) -> None:
    alpha, beta, gamma = parties
    async with running(beta.subscriber({Opened: note, Answered: note}).run()):
        await asyncio.sleep(0.3)
        await alpha.emit(Opened, 1)
        await gamma.emit(Answered, 2)
        async with running(alpha.relay().run(), gamma.relay().run()):
            await eventually(lambda: beta.has_noted_in_any_order([1, 2]))


async def test_events_go_round_several_services_on_behalf_of_the_first_actor(parties: list[Party]) -> None:
    alpha, beta, gamma = parties

    async def ask(session: AsyncSession, event: Any, envelope: Envelope) -> None:
        emit(session, Asked(number=event.number), subject=UUID(envelope.subject))

    async def answer(session: AsyncSession, event: Any, envelope: Envelope) -> None:
        emit(session, Answered(number=event.number * 2), subject=UUID(envelope.subject))

    works = [party.relay().run() for party in parties]
    works.append(beta.subscriber({Opened: ask}).run())
    works.append(gamma.subscriber({Asked: answer, Opened: note}).run())
    works.append(alpha.subscriber({Answered: note}).run())
    actor = uuid7()
    async with running(*works):
        with access.acting_as(Principal("employee", actor)):
            await alpha.emit(Opened, *range(30))
        await eventually(lambda: alpha.has_noted_in_any_order(range(0, 60, 2)))
        await eventually(lambda: gamma.has_noted_in_any_order(range(30)))
    assert set(await alpha.rows(select(Note.actor))) == {actor}


async def test_a_single_event_arrives_at_once(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    async with running(alpha.relay().run(), beta.subscriber({Opened: note}).run()):
        await alpha.emit(Opened, 0)
        await eventually(lambda: beta.has_noted([0]))
        began = asyncio.get_running_loop().time()
        await alpha.emit(Opened, 1)
        await eventually(lambda: beta.has_noted([0, 1]))
    assert asyncio.get_running_loop().time() - began < 0.5


async def test_fields_of_a_newer_release_are_ignored(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    async with running(alpha.relay().run(), beta.subscriber({Opened: note}).run()):
        async with alpha.database.transaction() as session:
            emit(session, NewerOpened(number=1, added_later="x"), subject=uuid7())
        await eventually(lambda: beta.has_noted([1]))


async def test_a_release_that_handles_a_further_type_gets_its_history(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    await alpha.emit(Opened, 1, 2)
    await alpha.emit(Closed, 11, 12)
    async with running(alpha.relay().run()):
        async with running(beta.subscriber({Opened: note}).run()):
            await eventually(lambda: beta.has_noted([1, 2]))
        async with running(beta.subscriber({Opened: note, Closed: note}).run()):
            await eventually(lambda: beta.has_noted([1, 2, 11, 12]))


# --- Failing -----------------------------------------------------------------------------------


async def test_a_failure_costs_only_its_own_event(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    await alpha.emit(Opened, 1, -2, 3)
    async with running(alpha.relay().run(), beta.subscriber({Opened: no_negatives}).run()):
        await eventually(lambda: beta.has_noted([1, 3]))
        await eventually(lambda: beta.has_dead_letters(1))
    [letter] = await deadletters.unresolved(beta.database)
    assert letter.error == "Invalid: -2 is negative"
    assert (letter.stream, letter.type, letter.attempts) == ("alpha", "roundel.alpha.v1.Opened", 1)
    assert await beta.is_done_with("alpha") is None


@pytest.mark.parametrize("error", [Unavailable("away"), Conflict("changed"), OSError("cut"), KeyError("bug")])
async def test_a_transient_failure_is_tried_again_and_then_put_aside(
    parties: list[Party], error: Exception
) -> None:
    alpha, beta, _ = parties
    attempts: list[int] = []

    async def fail(session: AsyncSession, event: Any, envelope: Envelope) -> None:
        attempts.append(event.number)
        if event.number == 1 or len(attempts) < 3:
            raise error

    async with running(alpha.relay().run(), beta.subscriber({Opened: fail}).run()):
        await alpha.emit(Opened, 0)
        await eventually(lambda: beta.is_done_with("alpha"))
        assert attempts == [0, 0, 0]
        await alpha.emit(Opened, 1)
        await eventually(lambda: beta.has_dead_letters(1))
    assert attempts[3:] == [1] * (len(QUICK) + 1)


async def test_an_event_waits_for_an_earlier_one_as_long_as_it_takes(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    attempts: list[int] = []

    async def after_opened(session: AsyncSession, event: Any, envelope: Envelope) -> None:
        attempts.append(event.number)
        if not (await session.scalars(select(Note))).all():
            raise NotYet("not opened yet")
        await note(session, event, envelope)

    async with running(alpha.relay().run(), beta.subscriber({Opened: note, Closed: after_opened}).run()):
        await alpha.emit(Closed, 2)
        await eventually(lambda: at_least(len(QUICK) + 3, attempts))
        await alpha.emit(Opened, 1)
        await eventually(lambda: beta.has_noted([1, 2]))


async def test_the_stream_is_told_why_it_is_given_up(parties: list[Party]) -> None:
    alpha, beta, gamma = parties
    reasons = await gamma.nats.subscribe("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.alpha.beta")
    async with running(alpha.relay().run(), beta.subscriber({Opened: no_negatives}).run()):
        await alpha.emit(Opened, -1)
        assert b'"reason":"Invalid: -1 is negative"' in (await reasons.next_msg(10)).data


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{}", {}),
        (b"\x00\xff", {"ce-id": "no uuid"}),
        (b"not json", Envelope(uuid7(), "roundel.alpha.v1.Opened", "x", "y", now()).to_headers()),
    ],
)
async def test_what_is_illegible_is_put_aside(
    parties: list[Party], body: bytes, headers: dict[str, str]
) -> None:
    alpha, beta, _ = parties
    await streams.ensure_stream(alpha.nats.jetstream(), "alpha")
    await alpha.nats.jetstream().publish("roundel.alpha.v1.Opened", body, headers=headers)
    async with running(beta.subscriber({Opened: note}).run()):
        await eventually(lambda: beta.has_dead_letters(1))
        await eventually(lambda: beta.is_done_with("alpha"))


async def test_a_dead_letter_is_retried_once_or_discarded_for_good(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    await alpha.emit(Opened, -1, -2)
    async with running(alpha.relay().run(), beta.subscriber({Opened: no_negatives}).run()):
        await eventually(lambda: beta.has_dead_letters(2))
    first, second = await deadletters.unresolved(beta.database)

    with pytest.raises(Invalid):
        await deadletters.retry(beta.database, "beta", {Opened: no_negatives}, first.id)
    assert await beta.notes() == []
    await deadletters.retry(beta.database, "beta", {Opened: note}, first.id)
    await deadletters.discard(beta.database, second.id, "entered by mistake")
    with pytest.raises(Conflict, match="entered by mistake"):
        await deadletters.retry(beta.database, "beta", {Opened: note}, second.id)
    with pytest.raises(NotFound):
        await deadletters.discard(beta.database, uuid7(), "-")

    await beta.nats.jetstream().delete_consumer("alpha", "beta")
    async with running(beta.subscriber({Opened: note}).run()):
        await eventually(lambda: beta.is_done_with("alpha"))
    assert await beta.notes() == [-1]
    assert await deadletters.unresolved(beta.database) == []
