"""Publishing the outbox: in order, by one leader per database, at least once."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from nats.aio.client import Client
from nats.js.errors import APIError
from opentelemetry.trace import Span, SpanKind
from sqlalchemy import Text, cast, delete, func, select, text

from chassis import telemetry
from chassis.database import Database, now, uuid7
from chassis.errors import Unavailable
from chassis.messaging.connection import keep_going, still_wanted
from chassis.messaging.envelope import Envelope
from chassis.messaging.models import OutboxEvent
from chassis.messaging.streams import ensure_stream

BATCH = 200
ACK_SECONDS = 5.0  # outlasts the election of a new stream leader
GATHER_SECONDS = 0.02  # what is told so soon after a batch goes with the next one
SHORTEST_POLL, LONGEST_POLL = 0.1, 1.0
CLEANING_SECONDS = 3600.0

_BECOME_LEADER = select(func.pg_try_advisory_xact_lock(func.hashtext("roundel.relay")))
# Waiting rows, never `position > last seen`: a lower position may be committed later.
_WAITING = (
    select(
        OutboxEvent.position,
        OutboxEvent.id,
        OutboxEvent.type,
        OutboxEvent.subject,
        cast(OutboxEvent.data, Text).label("data"),  # jsonb as text needs no decoding here
        OutboxEvent.headers,
        OutboxEvent.created_at,
    )
    .where(OutboxEvent.published_at.is_(None))
    .order_by(OutboxEvent.position)
    .limit(BATCH)
)
_OLDEST = (
    select(OutboxEvent.created_at)
    .where(OutboxEvent.published_at.is_(None))
    .order_by(OutboxEvent.position)
    .limit(1)
)
# An array, so that any number of events is one statement with one plan.
_ARE_PUBLISHED = text(
    "UPDATE outbox_event SET published_at = now() WHERE position = ANY (CAST(:positions AS bigint[]))"
)

_published = telemetry.meter().create_counter("roundel.outbox.published", description="Events published.")
_waited = telemetry.meter().create_gauge(
    "roundel.outbox.age", unit="s", description="How long the oldest waiting event has waited."
)


@dataclass(frozen=True, slots=True)
class _Outgoing:
    subject: str
    body: bytes
    headers: dict[str, str]
    span: Span | None  # only of what happened inside a trace

    @classmethod
    def of(cls, event: Any, service: str) -> Self:
        envelope = Envelope(event.id, event.type, f"roundel/{service}", event.subject, event.created_at)
        headers, span = envelope.to_headers() | event.headers, None
        if "traceparent" in headers:
            span = telemetry.begin(f"publish {event.type}", SpanKind.PRODUCER, headers)
            headers |= telemetry.inject(span)
        return cls(event.type, event.data.encode(), headers, span)


class Relay:
    """Brings what this service's transactions emitted into its stream."""

    def __init__(self, database: Database, nats: Client, service: str, *, retention_days: int = 30) -> None:
        self._database = database
        self._nats = nats
        self._js = nats.jetstream()
        self._service = service
        self._retention = timedelta(days=retention_days)

    async def run(self) -> None:
        """Publish until cancelled, through outages of NATS and PostgreSQL."""
        await keep_going(f"The relay of {self._service}", self._relay)

    async def _relay(self) -> None:
        await ensure_stream(self._js, self._service)
        poll, cleaned = SHORTEST_POLL, float("-inf")
        while still_wanted():
            if self._database.committed.is_set() or await self._some_wait():
                self._database.committed.clear()
                if published := await self.publish_waiting():
                    poll = SHORTEST_POLL
                    await asyncio.sleep(0 if published == BATCH else GATHER_SECONDS)
                    continue
            if time.monotonic() - cleaned > CLEANING_SECONDS:
                await self._forget_old()
                cleaned = time.monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(poll):
                    await self._database.committed.wait()
            poll = min(poll * 2, LONGEST_POLL)

    async def _some_wait(self) -> bool:
        """Look without leading, which costs a quarter: most looks find nothing."""
        oldest = await self._database.read(_OLDEST)
        _waited.set((now() - oldest[0].created_at).total_seconds() if oldest else 0)
        return bool(oldest)

    async def publish_waiting(self) -> int:
        """Publish the oldest waiting events, if no other relay is at it; return how many.

        After a crash in between they are published again: the stream drops the repeats by their id,
        and the subscribers' inboxes drop what it has forgotten.
        """
        if not self._nats.is_connected:
            raise Unavailable("NATS is not connected")
        async with self._database.engine.begin() as connection:
            if not await connection.scalar(_BECOME_LEADER):
                return 0  # two at a time would lose the order
            events = (await connection.execute(_WAITING)).all()
            if events:
                messages = [_Outgoing.of(event, self._service) for event in events]
                await self._publish(messages)
                for span in filter(None, (message.span for message in messages)):
                    span.end()
                await connection.execute(_ARE_PUBLISHED, {"positions": [event.position for event in events]})
                _published.add(len(events))
            return len(events)

    async def _publish(self, messages: Sequence[_Outgoing]) -> None:
        """Publish one by one what cannot go together: the stream refuses a batch with a repeat in it.

        One by one and not in a window, so that a failure in the middle leaves no later one before an earlier.
        """
        if len(messages) > 1:
            with suppress(APIError):
                return await self._publish_together(messages)
        for message in messages:
            await self._js.publish(message.subject, message.body, ACK_SECONDS, headers=message.headers)

    async def _publish_together(self, messages: Sequence[_Outgoing]) -> None:
        """Publish all or none, for the price of one acknowledgement."""
        batch = uuid7().hex
        for number, message in enumerate(messages, 1):
            headers = message.headers | {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
            if number < len(messages):
                await self._nats.publish(message.subject, message.body, headers=headers)
            else:
                headers["Nats-Batch-Commit"] = "1"
                await self._js.publish(message.subject, message.body, ACK_SECONDS, headers=headers)

    async def _forget_old(self) -> None:
        old = (OutboxEvent.created_at < now() - self._retention) & OutboxEvent.published_at.is_not(None)
        async with self._database.engine.begin() as connection:
            await connection.execute(delete(OutboxEvent).where(old))
