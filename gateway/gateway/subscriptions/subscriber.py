"""One reader of live events."""

import asyncio
from collections.abc import Callable

from gateway.errors import Problem, problem
from gateway.metrics import EVENTS

MOST_WAITING = 100


class Subscriber:
    """What waits for one reader, as JSON; one who lets too much wait is dropped with a reason."""

    def __init__(self, leave: Callable[["Subscriber"], None]) -> None:
        """`leave` is called when the reader has gone."""
        self.reason: Problem | None = None
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING)
        self._ended = False
        self._leave = leave

    def tell(self, answer: bytes) -> None:
        """Let an answer wait to be read."""
        if self._ended:
            return
        if self._waiting.full():
            EVENTS.labels("dropped").inc(MOST_WAITING + 1)
            self.end(problem(f"{MOST_WAITING} events wait to be read; read faster, or less", "LIMIT"))
            return
        self._waiting.put_nowait(answer)

    def end(self, reason: Problem | None = None) -> None:
        """Tell no more; when there is a reason, what still waits is forgotten."""
        if self._ended:
            return
        self._ended, self.reason = True, reason
        while self._waiting.full() or (reason and not self._waiting.empty()):
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    async def next(self) -> bytes | None:
        """Return the next answer, or None after the last one."""
        return await self._waiting.get()

    def leave(self) -> None:
        """Read no more."""
        self._leave(self)
