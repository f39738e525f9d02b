"""Identical queries of one caller under way at the same time are one call."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Any

import orjson

from gateway.execution.failures import SubgraphFailure
from gateway.metrics import SHARED

Answer = dict[str, Any]
Call = Callable[[], Awaitable[tuple[bytes, Answer]]]
Outcome = bytes | SubgraphFailure | None  # None: the one who called gave up or ran out of time

# An older call may hang in a service that answers again since.
JOINED_SECONDS = 1.0
# What differs between two requests of one caller without changing the answer.
OF_ONE_REQUEST = frozenset(("traceparent", "tracestate", "x-request-id"))


class Sharing:
    """The calls that others may join."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, tuple[asyncio.Future[Outcome], float]] = {}

    def forget(self) -> None:
        """Let nobody join what began before now, so that whoever wrote reads what was written."""
        self._under_way.clear()

    async def answer(self, service: str, body: bytes, headers: Mapping[str, str], call: Call) -> Answer:
        """Return what the call gives, or what the same call of the same caller, already under way, gives."""
        if "authorization" not in headers:
            return (await call())[1]  # callers without a name may be different ones
        key = (service, body, *(item for item in headers.items() if item[0] not in OF_ONE_REQUEST))
        while (first := self._joinable(key)) is not None:
            outcome = await asyncio.shield(first)
            if outcome is None:
                continue
            SHARED.labels(service).inc()
            if isinstance(outcome, SubgraphFailure):
                raise SubgraphFailure(outcome.cause, str(outcome))
            shared: Answer = orjson.loads(outcome)  # anew: each caller merges into what it gets
            return shared
        return await self._first(key, call)

    def _joinable(self, key: Hashable) -> asyncio.Future[Outcome] | None:
        found = self._under_way.get(key)
        if found is None or asyncio.get_running_loop().time() - found[1] > JOINED_SECONDS:
            return None
        return found[0]

    async def _first(self, key: Hashable, call: Call) -> Answer:
        loop = asyncio.get_running_loop()
        told: asyncio.Future[Outcome] = loop.create_future()
        mine = self._under_way[key] = told, loop.time()
        outcome: Outcome = None
        try:
            outcome, answer = await call()
            return answer
        except SubgraphFailure as failure:
            outcome = failure
            raise
        finally:
            if self._under_way.get(key) is mine:
                del self._under_way[key]
            told.set_result(outcome)
