"""Everybody who asked the same on behalf of the same caller: each event is answered once for all of them."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from chassis.errors import DomainError
from gateway.engine import Answer, Engine, Ready
from gateway.errors import Problem, problem
from gateway.metrics import EVENTS
from gateway.subscriptions.following import Event
from gateway.subscriptions.subscriber import Subscriber
from gateway.supergraph.live import LiveField

log = logging.getLogger(__name__)

MOST_WAITING = 100


class Channel:
    """Answers events one after the other, with the rights that the subscribers have at that moment."""

    def __init__(
        self,
        ready: Ready,
        field: LiveField,
        headers: Mapping[str, str],
        *,
        engine: Engine,
        check: Callable[[], Awaitable[None]],
        forget: Callable[[], None],
        seconds: float,
        gate: asyncio.Semaphore,
    ) -> None:
        """`check` raises when the caller is no longer known; `forget` is called when the last one leaves."""
        self._subscribers: set[Subscriber] = set()
        self._ready = ready
        self._field = field
        self._headers = headers
        self._engine = engine
        self._check = check
        self._forget = forget
        self._seconds = seconds
        self._gate = gate
        self._waiting: deque[Event] = deque()
        self._answering: asyncio.Task[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None

    def add(self, subscriber: Subscriber) -> None:
        """Tell one more reader."""
        self._subscribers.add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Tell this reader no more."""
        self._subscribers.discard(subscriber)
        if not self._subscribers:
            self._forget()
            if self._expiry is not None:
                self._expiry.cancel()

    def expire_in(self, seconds: float) -> None:
        """Complete the streams when the caller's token is over."""
        over = problem("The token has expired; sign in and subscribe again", "UNAUTHENTICATED")
        self._expiry = asyncio.get_running_loop().call_later(seconds, self.end, over)

    def tell(self, event: Event) -> None:
        """Answer the event after those before it."""
        if len(self._waiting) == MOST_WAITING:
            EVENTS.labels("dropped").inc(MOST_WAITING + 1)
            self._waiting.clear()
            self.end(problem("Events come faster than they can be answered; subscribe to less", "LIMIT"))
            return
        self._waiting.append(event)
        if self._answering is None:
            self._answering = asyncio.create_task(self._answer_all())

    def end(self, reason: Problem) -> None:
        """Complete the streams of all subscribers."""
        for subscriber in self._subscribers:
            subscriber.end(reason)

    async def _answer_all(self) -> None:
        try:
            while self._waiting and self._subscribers:
                async with self._gate:
                    await self._answer(self._waiting.popleft())
        finally:
            self._answering = None

    async def _answer(self, event: Event) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._check()
                answer = await self._engine.run(
                    self._ready,
                    self._sent(event),
                    until=asyncio.get_running_loop().time() + self._seconds,
                    event=self._representation(event),
                )
        except DomainError as error:
            self.end(problem(error.message, error.code))
            return
        except TimeoutError:
            log.warning("No answer within %g s to %s %s", self._seconds, event.type, event.id)
            EVENTS.labels("withheld").inc()
            return
        except Exception:
            log.exception("%s %s could not be answered", event.type, event.id)
            EVENTS.labels("withheld").inc()
            return
        self._deliver(answer)

    def _deliver(self, answer: Answer) -> None:
        # Where the entity itself is null the subscriber may not see it, and learns not even that it changed.
        if not any((answer["data"] or {}).values()):
            EVENTS.labels("withheld").inc()
            return
        body = orjson.dumps(answer)
        EVENTS.labels("delivered").inc(len(self._subscribers))
        for subscriber in self._subscribers:
            subscriber.tell(body)

    def _representation(self, event: Event) -> dict[str, Any]:
        return {"__typename": self._field.type, "id": entity_id(self._field, event)}

    def _sent(self, event: Event) -> dict[str, str]:
        headers = {**self._headers, "x-request-id": event.id}
        return headers | {"traceparent": event.traceparent} if event.traceparent else headers


def entity_id(field: LiveField, event: Event) -> str:
    """The id of the entity that the event tells of."""
    return event.subject if field.id is None else str(event.data.get(field.id, ""))
