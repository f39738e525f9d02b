"""Events in: each takes effect exactly once, or waits as a dead letter for a decision."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from google.protobuf.json_format import ParseError
from google.protobuf.message import Message
from nats.aio.client import Client
from nats.aio.msg import Msg
from opentelemetry.trace import SpanKind
from sqlalchemy import DateTime, Text, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import telemetry
from chassis.access import Principal, acting_as
from chassis.audit.context import arising_from
from chassis.audit.recording import waits_for_flush
from chassis.database import Database, now
from chassis.errors import Conflict, DomainError, Unavailable
from chassis.gathering.gathered import Gathering
from chassis.messaging.connection import describe, keep_going, still_wanted
from chassis.messaging.consumer import BATCH, Consumer
from chassis.messaging.envelope import Envelope
from chassis.messaging.models import DeadLetter, InboxEvent
from chassis.protojson.parsing import parse

log = logging.getLogger(__name__)

# Arrays, so that any number of events is one statement with one plan.
_CLAIM = (
    text(
        "INSERT INTO inbox_event (id, type, received_at)"
        " SELECT id, type, :at FROM unnest(:ids, :types) AS event (id, type)"
        " ON CONFLICT DO NOTHING RETURNING id"
    )
    .bindparams(
        bindparam("ids", type_=ARRAY(PgUUID(as_uuid=True))),
        bindparam("types", type_=ARRAY(Text())),
        bindparam("at", type_=DateTime(timezone=True)),
    )
    .columns(InboxEvent.id)
)

Handler = Callable[[AsyncSession, Any, Envelope], Awaitable[None]]
Handlers = Mapping[type[Message], Handler]
Arrival = tuple[Envelope, bytes | str]

_buried = telemetry.meter().create_counter(
    "roundel.deadletters", description="Events given up until somebody decides."
)

GATHER_SECONDS = 0.02  # what comes so soon after a batch is handled together, in one transaction
DELAYS = (1.0, 5.0, 30.0, 120.0, 600.0)


class NotYet(Exception):
    """Raised by a handler that needs an earlier event first; the event comes again until it is there."""


class Inbox:
    """Runs a service's handlers, each once per event."""

    def __init__(self, service: str, handlers: Handlers) -> None:
        self._service = service
        self._handlers = {event.DESCRIPTOR.full_name: (event, handler) for event, handler in handlers.items()}

    def types_by_stream(self) -> Mapping[str, frozenset[str]]:
        """Return the handled types by the service that tells them."""
        found = defaultdict(set)
        for type in self._handlers:
            found[type.split(".")[1]].add(type)
        return {stream: frozenset(types) for stream, types in found.items()}

    async def take_in(self, session: AsyncSession, arrivals: Sequence[Arrival]) -> None:
        """Handle, in order, those never handled here; the effect and that knowledge commit together."""
        new, gathering = await claim(session, [envelope for envelope, _ in arrivals]), Gathering(session)
        for envelope, data in arrivals:
            if envelope.id in new:
                new.discard(envelope.id)
                await self._handle(session, gathering, envelope, data)
        await gathering.write()

    async def _handle(
        self, session: AsyncSession, gathering: Gathering, envelope: Envelope, data: bytes | str
    ) -> None:
        if (
            envelope.type not in self._handlers
        ):  # it was meant for a newer release, which may get it next time
            raise Unavailable(f"This release of {self._service} does not handle {envelope.type}")
        event_type, handler = self._handlers[envelope.type]
        principal = Principal("service", envelope.actor, self._service, grants=frozenset({"*:*"}))
        with (
            acting_as(principal),
            arising_from("event", envelope.type, envelope.cause),
            telemetry.extracted({"traceparent": envelope.traceparent} if envelope.traceparent else {}),
            telemetry.span(
                f"handle {envelope.type}",
                SpanKind.CONSUMER,
                {"messaging.system": "nats", "messaging.message.id": str(envelope.id)},
            ) as span,
        ):
            event = parse(data, event_type)
            await gathering.handle(handler, event, envelope, alone=span.is_recording())
            # else the rows of all events of a batch are written together
            if span.is_recording() or waits_for_flush(session):
                await session.flush()


async def claim(session: AsyncSession, events: Sequence[Envelope]) -> set[UUID]:
    """Return those of the events that were not handled here; from the commit on they are."""
    # Two replicas that claim the same events wait for each other in the same order.
    types = dict(sorted((event.id, event.type) for event in events))
    return set(
        await session.scalars(_CLAIM, {"ids": list(types), "types": list(types.values()), "at": now()})
    )


class Subscriber:
    """Brings the events of other services to this one's handlers."""

    def __init__(
        self,
        database: Database,
        nats: Client,
        service: str,
        handlers: Handlers,
        *,
        delays: Sequence[float] = DELAYS,
    ) -> None:
        self._database = database
        self._nats = nats
        self._service = service
        self._inbox = Inbox(service, handlers)
        self._delays = delays

    async def run(self) -> None:
        """Handle events until cancelled, through outages of NATS and PostgreSQL."""
        async with asyncio.TaskGroup() as tasks:
            for stream, types in self._inbox.types_by_stream().items():
                tasks.create_task(self._follow(Consumer(self._nats, stream, self._service, types), stream))

    async def _follow(self, consumer: Consumer, stream: str) -> None:
        async def consume() -> None:
            await self._database.read(select(1))  # nothing is fetched that could not be handled
            try:
                await consumer.open()
                while still_wanted():
                    messages = await consumer.next_batch()
                    await self._receive(messages)
                    await asyncio.sleep(GATHER_SECONDS if 0 < len(messages) < BATCH else 0)
            finally:
                await consumer.close()

        await keep_going(f"Following {stream} in {self._service}", consume)

    async def _receive(self, messages: Sequence[Msg]) -> None:
        legible = []
        for message in messages:
            try:
                legible.append((message, Envelope.from_headers(message.headers or {})))
            except ValueError as error:
                await self._bury(message, error)
        if legible:
            await self._process(legible)

    async def _process(self, deliveries: Sequence[tuple[Msg, Envelope]]) -> None:
        """Handle all in one transaction, or, when one of them fails, each in its own."""
        try:
            async with self._database.transaction() as session:
                await self._inbox.take_in(
                    session, [(envelope, message.data) for message, envelope in deliveries]
                )
        except Exception as error:
            await self._recognise_outage(deliveries)
            if len(deliveries) == 1:
                await self._refuse(*deliveries[0], error)
            else:
                for delivery in deliveries:
                    await self._process([delivery])
        else:
            for message, _ in deliveries:
                await message.ack()

    async def _recognise_outage(self, deliveries: Sequence[tuple[Msg, Envelope]]) -> None:
        """Give all back and raise, when the events failed only because the database is away."""
        try:
            await self._database.read(select(1))
        except Exception:
            for message, _ in deliveries:
                await message.nak(self._delays[0])
            raise

    async def _refuse(self, message: Msg, envelope: Envelope, error: Exception) -> None:
        attempt = message.metadata.num_delivered
        waits = isinstance(error, NotYet)
        if not waits and (_is_permanent(error) or attempt > len(self._delays)):
            await self._bury(message, error)
            return
        delay = self._delays[min(attempt, len(self._delays)) - 1]
        expected = waits or isinstance(error, DomainError)
        log.warning(
            "%s %s failed at attempt %d and comes again in %g s: %s",
            *(envelope.type, envelope.id, attempt, delay, describe(error)),
            exc_info=None if expected else error,
        )
        await message.nak(delay)

    async def _bury(self, message: Msg, error: Exception) -> None:
        """Keep the event as a dead letter, then tell the stream to give it up."""
        headers = message.headers or {}
        reason, metadata = describe(error), message.metadata
        letter = DeadLetter(
            id=_identity(message),
            stream=metadata.stream,
            type=message.subject,
            subject=headers.get("ce-subject", ""),
            data=message.data.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}"),
            headers=headers,
            error=reason,
            attempts=metadata.num_delivered,
            failed_at=now(),
            resolved_at=None,
            resolution=None,
        )
        async with self._database.transaction() as session:
            await session.merge(letter)  # one that failed before is opened anew
        _buried.add(1, {"type": message.subject})
        log.error("%s %s is a dead letter now: %s", message.subject, letter.id, reason)
        await self._nats.publish(message.reply, f"+TERM {reason[:200]}".encode())


def _is_permanent(error: Exception) -> bool:
    if isinstance(error, DomainError):
        return not isinstance(error, Unavailable | Conflict)
    return isinstance(error, ParseError)


def _identity(message: Msg) -> UUID:
    try:
        return UUID((message.headers or {})["ce-id"])
    except (KeyError, ValueError):
        return uuid5(NAMESPACE_URL, f"nats:{message.metadata.stream}/{message.metadata.sequence.stream}")
