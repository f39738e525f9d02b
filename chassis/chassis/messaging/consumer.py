"""The durable consumer of one service on another's stream."""

import json
import time

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from chassis.errors import Unavailable

BATCH = 100
ACK_WAIT_SECONDS = 10.0  # so long the events wait that a killed process had taken
PULL_SECONDS, LATEST_SECONDS = 20.0, 22.0  # for an answer, though it be that nothing came
LOOK_SECONDS = 2.0  # so long a restarted server is not asked; it has forgotten who asked the one before


class Consumer:
    """Gives the events of one stream, oldest first, until they are acknowledged."""

    def __init__(self, nats: Client, stream: str, name: str, types: frozenset[str]) -> None:
        self._nats = nats
        self._js = nats.jetstream()
        self._stream = stream
        self._name = name
        self._types = types
        self._joined = False
        self._inbox: Subscription | None = None
        self._asked, self._reconnects, self._expires = 0, 0, 0.0

    async def open(self) -> None:
        """Make the consumer or adapt it to the types; raises NotFoundError while there is no stream.

        One that gets further types starts over from the first event, because those of the further types
        have passed by; the inbox skips what was handled. A consumer once joined is left alone: a newer
        release may have adapted it meanwhile.
        """
        known = await self._known_types()
        if known is None or not self._joined:
            if known is not None and not self._types <= known:
                await self._js.delete_consumer(self._stream, self._name)
            await self._js.add_consumer(self._stream, self._configuration())
        self._joined = True
        self._inbox = await self._nats.subscribe(self._nats.new_inbox())
        self._asked = 0

    async def close(self) -> None:
        """Ask for no more, and give back what came and nobody looked at."""
        inbox, self._inbox = self._inbox, None
        if inbox is None or self._nats.is_closed:
            return
        await inbox.unsubscribe()
        while inbox.pending_msgs:
            message = await inbox.next_msg()
            if not JetStreamContext.is_status_msg(message):
                await message.nak()

    async def next_batch(self) -> list[Msg]:
        """Return what is there, waiting some seconds for the first message but never for more.

        The client's own `fetch` waits its whole timeout when fewer than the wanted messages come.
        """
        assert self._inbox is not None, "open() comes first"
        if self._asked <= 0:
            await self._ask()
        messages: list[Msg] = []
        while len(messages) < BATCH and (not messages or self._inbox.pending_msgs):
            try:
                message = await self._inbox.next_msg(LOOK_SECONDS)
            except NatsTimeoutError:
                if self._nats.stats["reconnects"] != self._reconnects or time.monotonic() > self._expires:
                    self._asked = 0  # the server that was asked is gone
                break
            if status := JetStreamContext.is_status_msg(message):
                self._asked = 0
                if status not in ("404", "408") and not messages:
                    reason = (message.headers or {}).get("Description", status)
                    raise Unavailable(f"The consumer {self._name} of the stream {self._stream}: {reason}")
                break
            self._asked -= 1
            messages.append(message)
        return messages

    async def _ask(self) -> None:
        assert self._inbox is not None
        self._expires = time.monotonic() + LATEST_SECONDS
        request = json.dumps({"batch": BATCH, "expires": int(PULL_SECONDS * 1e9)}).encode()
        self._asked, self._reconnects = BATCH, self._nats.stats["reconnects"]
        await self._nats.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._name}", request, self._inbox.subject
        )

    async def _known_types(self) -> frozenset[str] | None:
        try:
            config = (await self._js.consumer_info(self._stream, self._name)).config
        except NotFoundError:
            return None
        return frozenset(config.filter_subjects or [config.filter_subject or ""])

    def _configuration(self) -> ConsumerConfig:
        return ConsumerConfig(
            name=self._name,
            durable_name=self._name,
            filter_subjects=sorted(self._types),
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT_SECONDS,
            max_deliver=-1,  # we decide when it is enough, and keep a dead letter
        )
