"""Identical queries of one caller under way at the same time are one call."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

import orjson

from gateway.execution.failures import SubgraphFailure
from gateway.metrics import SHARED

Answer = dict[str, Any]
Call = Callable[[], Awaitable[Answer]]
Outcome = bytes | SubgraphFailure | None  # None: the one who called gave up or ran out of time

# An older call may hang in a service that answers again since.
JOINED_SECONDS = 1.0


class _Call:
    """A call under way; those who join it are told its outcome."""

    __slots__ = ("began", "told")

    def __init__(self, began: float) -> None:
        self.began = began
        self.told: asyncio.Future[Outcome] | None = None  # made for the first who joins: few calls are joined


class Sharing:
    """The calls that others may join."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, _Call] = {}

    def forget(self) -> None:
        """Let nobody join what began before now, so that whoever wrote reads what was written."""
        self._under_way.clear()

    async def answer(self, question: tuple[str, bytes], caller: Hashable, call: Call, until: float) -> Answer:
        """Return what the call gives, or what the same call of the same caller, already under way, gives.

        Raises TimeoutError where another's call is waited for beyond `until`.
        """
        key = (question, caller)
        loop = asyncio.get_running_loop()
        while (first := self._under_way.get(key)) and loop.time() - first.began <= JOINED_SECONDS:
            if first.told is None:
                first.told = loop.create_future()
            async with asyncio.timeout_at(until):
                outcome = await asyncio.shield(first.told)
            if outcome is None:
                continue
            SHARED.labels(question[0]).inc()
            if isinstance(outcome, SubgraphFailure):
                raise SubgraphFailure(outcome.cause, str(outcome))
            shared: Answer = orjson.loads(outcome)  # anew: each caller merges into what it gets
            return shared
        return await self._first(key, _Call(loop.time()), call)

    async def _first(self, key: Hashable, mine: _Call, call: Call) -> Answer:
        self._under_way[key] = mine
        outcome: Outcome = None
        try:
            answer = await call()
            if mine.told is not None:
                outcome = orjson.dumps(answer)
            return answer
        except SubgraphFailure as failure:
            outcome = failure
            raise
        finally:
            if self._under_way.get(key) is mine:
                del self._under_way[key]
            if mine.told is not None:
                mine.told.set_result(outcome)
