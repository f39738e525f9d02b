"""Following a service's stream of events: from now on, in order, without a gap, leaving nothing behind."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext
from nats.js.errors import NotFoundError

from chassis.errors import Unavailable
from chassis.messaging.connection import keep_going, still_wanted

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2.0
MISSED_HEARTBEATS = 3
NO_STREAM_SECONDS = 1.0


@dataclass(frozen=True)
class Event:
    """What a service told: its type, the entity it is about, its data."""

    id: str
    type: str
    subject: str
    data: Mapping[str, Any]
    traceparent: str | None


class Follower:
    """Hands on the events of some types of one stream; after a broken connection it goes on where it was."""

    def __init__(self, stream: str, types: frozenset[str], tell: Callable[[Event], None]) -> None:
        self.started = asyncio.Event()
        self._stream = stream
        self._types = types
        self._tell = tell
        self._position: int | None = None

    async def run(self, nats: Client) -> None:
        """Follow until cancelled, through outages of NATS."""

        async def follow() -> None:
            await self._follow(nats)

        await keep_going(f"Following {self._stream} for subscriptions", follow)

    async def _follow(self, nats: Client) -> None:
        js = nats.jetstream()
        try:
            last = (await js.stream_info(self._stream)).state.last_seq
        except NotFoundError:
            self._begin(0)  # whatever it will hold is new
            await asyncio.sleep(NO_STREAM_SECONDS)
            return
        inbox = await nats.subscribe(nats.new_inbox())
        try:
            if self._position is None or self._position > last:  # at first, or the stream was made anew
                self._begin(last)
            await js.add_consumer(self._stream, self._configuration(inbox))
            self.started.set()
            await self._read(nats, inbox)
        finally:
            if not nats.is_closed:
                await inbox.unsubscribe()

    def _begin(self, position: int) -> None:
        self._position = position
        self.started.set()

    def _configuration(self, inbox: Subscription) -> ConsumerConfig:
        # It has no name, so the login needs no right that could touch the durable consumers of the services.
        assert self._position is not None
        return ConsumerConfig(
            deliver_subject=inbox.subject,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self._position + 1,
            filter_subjects=sorted(self._types),
            ack_policy=AckPolicy.NONE,
            max_deliver=1,
            flow_control=True,
            idle_heartbeat=HEARTBEAT_SECONDS,
            mem_storage=True,
            num_replicas=1,
        )

    async def _read(self, nats: Client, inbox: Subscription) -> None:
        expected = 1
        while still_wanted():
            try:
                message = await inbox.next_msg(HEARTBEAT_SECONDS * MISSED_HEARTBEATS)
            except NatsTimeoutError:
                raise Unavailable(f"The stream {self._stream} has fallen silent") from None
            if JetStreamContext.is_status_msg(message):
                if message.reply:  # flow control: everything before it has been taken
                    await nats.publish(message.reply)
                continue
            sequence = message.metadata.sequence
            if sequence.consumer != expected:
                raise Unavailable(f"Events of {self._stream} were lost on the way")
            expected += 1
            self._take(message)
            self._position = sequence.stream

    def _take(self, message: Msg) -> None:
        headers = message.headers or {}
        try:
            event = Event(
                id=headers["ce-id"],
                type=headers["ce-type"],
                subject=headers["ce-subject"],
                data=orjson.loads(message.data),
                traceparent=headers.get("traceparent"),
            )
        except (KeyError, orjson.JSONDecodeError) as error:
            log.warning("An event on %s cannot be read: %r", message.subject, error)
            return
        self._tell(event)
