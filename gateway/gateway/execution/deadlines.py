"""Ends what is waited for too long. One timer serves all: nearly everything is there long before its time."""

import asyncio
import math
from typing import Any

TICK = 0.001  # the loop's timers keep whole milliseconds and may be early by less than one


class Deadlines:
    """Futures that must be done in time."""

    def __init__(self) -> None:
        self._until: dict[asyncio.Future[Any], float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._next = math.inf

    def add(self, awaited: asyncio.Future[Any], until: float) -> None:
        """End this with TimeoutError at the loop's time `until`, unless it is removed before."""
        self._until[awaited] = until
        if until < self._next:
            self._look_at(until)

    def remove(self, awaited: asyncio.Future[Any]) -> None:
        """It needs no end any more; the timer is left as it is, for whatever comes until then."""
        self._until.pop(awaited, None)

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look_at(self, moment: float) -> None:
        self.close()
        self._next = moment
        self._timer = asyncio.get_running_loop().call_at(moment, self._look)

    def _look(self) -> None:
        now = asyncio.get_running_loop().time() + TICK
        for awaited in [awaited for awaited, until in self._until.items() if until <= now]:
            del self._until[awaited]
            if not awaited.done():
                awaited.set_exception(TimeoutError())
        self._next, self._timer = math.inf, None
        if self._until:
            self._look_at(min(self._until.values()))
