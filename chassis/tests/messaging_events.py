"""A small world of three services that tell each other events."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from nats.aio.client import Client
from nats.js.errors import NotFoundError
from pydantic import SecretStr
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import access
from chassis.database import Conventions, Database, naming, uuid7
from chassis.errors import Invalid
from chassis.messaging import deadletters
from chassis.messaging.connection import connect
from chassis.messaging.envelope import Envelope
from chassis.messaging.models import DeadLetter, InboxEvent, Model, OutboxEvent
from chassis.messaging.outbox import emit
from chassis.messaging.relay import Relay
from chassis.messaging.subscriber import Handlers, Subscriber
from deploy.local import nats as nats_server
from deploy.local.nats import Nats
from deploy.local.ports import free_port
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
        told = [await stream.get_msg(self.name, at) for at in range(1, count + 1)]
        return [json.loads(message.data or "{}").get("number", 0) for message in told]

    async def told_all(self) -> bool:
        return await self.rows(select(OutboxEvent.id).where(OutboxEvent.published_at.is_(None))) == []

    async def has_told(self, *numbers: int) -> bool:
        return await self.numbers_told() == list(numbers)

    async def keeps(self, count: int) -> bool:
        return len(await self.rows(select(OutboxEvent.id))) == count

    async def has_noted(self, *numbers: int) -> bool:
        return await self.notes() == list(numbers)

    async def has_noted_in_any_order(self, *numbers: int) -> bool:
        return sorted(await self.notes()) == list(numbers)

    async def has_dead_letters(self, count: int) -> bool:
        return len(await deadletters.unresolved(self.database)) == count

    async def is_done_with(self, stream: str) -> bool:
        try:
            info = await self.nats.jetstream().consumer_info(stream, self.name)
        except NotFoundError:
            return False
        return (info.num_pending, info.num_ack_pending) == (0, 0)


@dataclass
class Bus:
    server: Nats
    supervisor: Supervisor
    clients: list[Client] = field(default_factory=list)

    async def connect(self, name: str) -> Client:
        client = await connect(SecretStr(self.server.url(name)))
        self.clients.append(client)
        return client


@asynccontextmanager
async def own_bus(folder: Path) -> AsyncIterator[Bus]:
    """A NATS server that a test may kill."""
    program, server = nats_server.embedded(folder, free_port(), free_port(), dict.fromkeys(NAMES, "local"))
    bus = Bus(server, Supervisor(folder))
    await bus.supervisor.start(program)
    yield bus
    for client in bus.clients:
        await client.close()
    await bus.supervisor.stop()


@asynccontextmanager
async def three_parties(bus: Bus, postgres: Postgres) -> AsyncIterator[list[Party]]:
    """Three services without any event yet."""
    parties = []
    for name in NAMES:
        database = Database(await postgres.create_database(f"messaging_{name}"))
        async with database.engine.begin() as connection:
            await connection.run_sync(Model.metadata.create_all)
            await connection.run_sync(Base.metadata.create_all)
        parties.append(Party(name, database, await bus.connect(name)))
    yield parties
    for party in parties:
        async with party.database.transaction() as session:
            for table in (OutboxEvent, InboxEvent, DeadLetter, Note):
                await session.execute(delete(table))
        await party.database.close()


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


async def no_negatives(session: AsyncSession, event: Any, envelope: Envelope) -> None:
    await note(session, event, envelope)
    if event.number < 0:
        raise Invalid(f"{event.number} is negative")
