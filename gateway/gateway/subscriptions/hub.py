"""From the services' events to those who subscribed to them."""

import asyncio
import ssl
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import orjson
from pydantic import SecretStr

from chassis.access import Principal, TokenVerifier
from chassis.messaging.connection import connect, keep_going
from gateway.engine import Engine, Ready
from gateway.errors import Problem, problem, refused
from gateway.planning.live import Subscription, comparable
from gateway.subscriptions.channel import Channel, entity_id
from gateway.subscriptions.following import Event, Follower
from gateway.subscriptions.quota import Quota
from gateway.subscriptions.subscriber import Subscriber
from gateway.supergraph.live import LiveField

AT_A_TIME = 32  # events that are answered now; the subgraphs serve queries besides
START_SECONDS = 5.0
ONE_REQUEST = frozenset(("traceparent", "tracestate", "x-request-id"))

Key = tuple[str, tuple[str | None, ...], str | None]


class Hub:
    """Follows the streams that the supergraph's subscriptions need, and finds whom an event concerns."""

    def __init__(
        self,
        verifier: TokenVerifier | None,
        *,
        nats_url: SecretStr | None,
        seconds: float,
        per_caller: int,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Without NATS nobody can subscribe; without a verifier tokens are not checked again."""
        self._engine: Engine | None = None
        self._verifier = verifier
        self._nats_url = nats_url
        self._tls = tls
        self._seconds = seconds
        self._followers: dict[str, Follower] = {}
        self._fields: defaultdict[str, list[LiveField]] = defaultdict(list)
        self._channels: dict[Any, Channel] = {}
        self._concerned: defaultdict[Key, set[Channel]] = defaultdict(set)
        self._gate = asyncio.Semaphore(AT_A_TIME)
        self._quota = Quota(per_caller, "subscriptions")
        self._following: asyncio.Task[None] | None = None
        self._closed = False

    def serve(self, engine: Engine) -> None:
        """Follow the streams that this graph needs from now on, as soon as NATS is there.

        Those who subscribed to another graph are told to subscribe again.
        """
        self._engine = engine
        self._end(problem("The graph was replaced; subscribe again", "UNAVAILABLE"))
        self._concerned.clear()
        types: defaultdict[str, set[str]] = defaultdict(set)
        self._fields = defaultdict(list)
        for field in engine.supergraph.live.values():
            for event in field.events:
                self._fields[event].append(field)
                types[_stream(event)].add(event)
        self._followers = {
            stream: Follower(stream, frozenset(found), self._tell) for stream, found in types.items()
        }
        if self._following is not None:
            self._following.cancel()
            self._following = None
        if self._nats_url is not None and self._followers:
            self._following = asyncio.create_task(self._follow(self._nats_url, self._followers))

    async def stop(self) -> None:
        """Complete all streams and leave NATS."""
        self.close()
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    def close(self) -> None:
        """Complete all streams, because the gateway stops; nobody can subscribe any more."""
        self._closed = True
        self._end(problem("The gateway restarts; subscribe again", "UNAVAILABLE"))

    def _end(self, reason: Problem) -> None:
        for channel in self._channels.values():
            channel.end(reason)

    async def subscribe(
        self,
        engine: Engine,
        ready: Ready,
        subscription: Subscription,
        principal: Principal,
        headers: Mapping[str, str],
    ) -> Subscriber:
        """Let an admitted caller be told of every event from now on; the reader says when it leaves."""
        field = subscription.field
        if field.needs:
            principal.require(*field.needs.split(":"))
        arguments = subscription.arguments(ready.variables)
        keys = [(field.name, arguments, identity) for identity in _identities(field, principal)]
        await self._started(field)
        if engine is not self._engine:
            raise refused("The graph was replaced; subscribe again", "UNAVAILABLE")
        self._quota.take(principal)
        channel = self._channel(engine, ready, field, principal, headers, keys)

        def leave(subscriber: Subscriber) -> None:
            channel.remove(subscriber)
            self._quota.give_back(principal)

        subscriber = Subscriber(leave)
        channel.add(subscriber)
        return subscriber

    def _channel(
        self,
        engine: Engine,
        ready: Ready,
        field: LiveField,
        principal: Principal,
        headers: Mapping[str, str],
        keys: Sequence[Key],
    ) -> Channel:
        passed_on = {name: value for name, value in headers.items() if name not in ONE_REQUEST}
        values = orjson.dumps(ready.variables, option=orjson.OPT_SORT_KEYS)
        same = (ready.operation, values, *sorted(passed_on.items()))
        if same in self._channels:
            return self._channels[same]

        async def check() -> None:
            if self._verifier is not None and principal.token is not None:
                await self._verifier.verify(principal.token)

        def forget() -> None:
            del self._channels[same]
            for key in keys:
                self._concerned[key].discard(channel)
                if not self._concerned[key]:
                    del self._concerned[key]

        channel = Channel(
            ready,
            field,
            passed_on,
            engine=engine,
            check=check,
            forget=forget,
            seconds=self._seconds,
            gate=self._gate,
        )
        if principal.expires_at is not None:
            channel.expire_in(principal.expires_at - time.time())
        self._channels[same] = channel
        for key in keys:
            self._concerned[key].add(channel)
        return channel

    async def _started(self, field: LiveField) -> None:
        if self._closed:
            raise refused("The gateway restarts; subscribe again", "UNAVAILABLE")
        if self._following is None:
            raise refused("Live events are off here: ROUNDEL_NATS_URL is not set", "UNAVAILABLE")
        try:
            async with asyncio.timeout(START_SECONDS):
                for event in field.events:
                    await self._followers[_stream(event)].started.wait()
        except TimeoutError:
            raise refused(
                "No events arrive now: NATS does not answer; subscribe later", "UNAVAILABLE"
            ) from None

    async def _follow(self, url: SecretStr, followers: Mapping[str, Follower]) -> None:
        async def follow() -> None:
            nats = await connect(url, self._tls)
            try:
                async with asyncio.TaskGroup() as tasks:
                    for follower in followers.values():
                        tasks.create_task(follower.run(nats))
            finally:
                await nats.close()

        await keep_going("Following the services' events", follow)

    def _tell(self, event: Event) -> None:
        for field in self._fields[event.type]:
            for channel in self._concerned_by(field, event):
                channel.tell(event)

    def _concerned_by(self, field: LiveField, event: Event) -> set[Channel]:
        values = [
            comparable(entity_id(field, event) if name == "id" else event.data.get(name))
            for name in field.arguments
        ]
        identities: set[str | None] = {None}
        if field.caller:
            identities = {event.data.get(name) for name in field.caller} - {None, ""}
        keys = product([field.name], product(*((value, None) for value in values)), identities)
        return set().union(*(self._concerned.get(key, ()) for key in keys))


def _stream(event_type: str) -> str:
    return event_type.split(".")[1]


def _identities(field: LiveField, principal: Principal) -> set[str | None]:
    if not field.caller:
        return {None}
    if principal.id is None:
        raise refused(f"{field.name} is about whoever asks: send a bearer token", "UNAUTHENTICATED")
    return {str(principal.id), *principal.roles}
