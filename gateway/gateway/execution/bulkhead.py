"""A bound on what one subgraph can hold of the gateway."""

import asyncio

from gateway.execution.failures import Cause, SubgraphFailure

UNDER_WAY = 100
WAITING = 400


class Bulkhead:
    """Lets so many fetches be under way to one subgraph, so many wait, and refuses the rest."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._free = asyncio.Semaphore(UNDER_WAY)
        self._waiting = 0
        self.under_way = 0

    async def __aenter__(self) -> None:
        if self._free.locked():
            await self._queue()
        else:
            await self._free.acquire()
        self.under_way += 1

    async def __aexit__(self, *_: object) -> None:
        self.under_way -= 1
        self._free.release()

    async def _queue(self) -> None:
        if self._waiting >= WAITING:
            raise SubgraphFailure(
                Cause.RESOURCE_EXHAUSTED,
                f"{self._service} is busy: {UNDER_WAY} fetches are under way and {WAITING} wait; try again",
            )
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
