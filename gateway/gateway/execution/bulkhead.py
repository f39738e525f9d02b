"""A bound on what one subgraph can hold of the gateway."""

import asyncio
from collections import deque

from gateway.execution.failures import Cause, SubgraphFailure

# More would only wait in the subgraph, where they take its memory and the time of those before them.
UNDER_WAY = 32
WAITING = 500


class Bulkhead:
    """Lets so many fetches be under way to one subgraph, so many wait, and refuses the rest."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._queue: deque[asyncio.Future[None]] = deque()
        self.under_way = 0

    def enter(self) -> bool:
        """Take a place if one is free; without one, the fetch may wait for it."""
        if self.under_way >= UNDER_WAY:
            return False
        self.under_way += 1
        return True

    async def wait(self) -> None:
        """Take the next place that nobody before wants; raises SubgraphFailure when too many wait."""
        if len(self._queue) >= WAITING:
            raise SubgraphFailure(
                Cause.RESOURCE_EXHAUSTED,
                f"{self._service} is busy: {UNDER_WAY} fetches are under way and {WAITING} wait; try again",
            )
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._queue.remove(turn)
            else:
                self.leave()
            raise

    def leave(self) -> None:
        """Give the place back, to whoever waits longest."""
        for turn in self._queue:
            if not turn.done():
                self._queue.remove(turn)
                turn.set_result(None)
                return
        self.under_way -= 1
