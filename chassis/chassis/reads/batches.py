"""What is asked for one by one and fetched together: all keys of one turn of the loop by one call."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Many = Callable[[list[Any]], Awaitable[Sequence[Any]]]  # the values of these keys, in their order
Waiting = list[asyncio.Future[Any]]


class Batches:
    """Fetches each key once, however often it is asked for; as long as it lives, it remembers.

    Everybody who asks waits on their own: one who gives up takes it from nobody else.
    """

    def __init__(self, many: Many) -> None:
        self._many = many
        self._loop = asyncio.get_running_loop()
        self._asked: dict[Any, Waiting] = {}
        self._under_way: dict[Any, Waiting] = {}
        self._known: dict[Any, tuple[Any, Exception | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def load(self, key: Any) -> asyncio.Future[Any]:
        """Return what comes to be the key's value, or raises what fetching it raised."""
        future = self._loop.create_future()
        if key in self._known:
            _settle(future, *self._known[key])
        elif key in self._under_way:
            self._under_way[key].append(future)
        else:
            if not self._asked:
                self._loop.call_soon(self._begin)
            self._asked.setdefault(key, []).append(future)
        return future

    def _begin(self) -> None:
        task = self._loop.create_task(self._fetch())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fetch(self) -> None:
        asked, self._asked = self._asked, {}
        self._under_way.update(asked)
        failure: Exception | None = None
        try:
            found = dict(zip(asked, await self._many(list(asked)), strict=True))
        except Exception as error:
            found, failure = dict.fromkeys(asked), error
        for key, value in found.items():
            self._known[key] = (value, failure)
            for future in self._under_way.pop(key):
                _settle(future, value, failure)


def _settle(future: asyncio.Future[Any], value: Any, failure: Exception | None) -> None:
    if future.cancelled():
        return
    if failure is None:
        future.set_result(value)
    else:
        future.set_exception(failure)
