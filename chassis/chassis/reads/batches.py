"""What is asked for one by one and fetched together: all keys of one turn of the loop by one call."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Many = Callable[[list[Any]], Awaitable[Sequence[Any]]]  # the values of these keys, in their order
Waiting = list[asyncio.Future[Any]]


class Asked(ABC):
    """Keys of which each is fetched once, however often it is asked for; what came is remembered.

    Everybody who asks waits on their own: one who gives up takes it from nobody else.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._asked: dict[Any, Waiting] = {}
        self._under_way: dict[Any, Waiting] = {}
        self._known: dict[Any, tuple[Any, Exception | None]] = {}

    @abstractmethod
    def begin_soon(self) -> None:
        """See to it that what is asked for in this turn of the loop is fetched."""

    def load(self, key: Any) -> asyncio.Future[Any]:
        """Return what comes to be the key's value, or raises what fetching it raised."""
        future = self._loop.create_future()
        if key in self._known:
            _settle(future, *self._known[key])
        elif key in self._under_way:
            self._under_way[key].append(future)
        else:
            if not self._asked:
                self.begin_soon()
            self._asked.setdefault(key, []).append(future)
        return future

    def taken(self) -> list[Any]:
        """Return the keys asked for till now; whoever takes them settles them."""
        asked, self._asked = self._asked, {}
        self._under_way.update(asked)
        return list(asked)

    def settle(self, keys: Sequence[Any], values: Sequence[Any], failure: Exception | None = None) -> None:
        """Give everybody who waits the values of these keys, or tell why there are none."""
        for key, value in dict(zip(keys, values, strict=True)).items():
            self._known[key] = (value, failure)
            for future in self._under_way.pop(key):
                _settle(future, value, failure)


class Batches(Asked):
    """Keys that one call fetches."""

    def __init__(self, many: Many) -> None:
        super().__init__()
        self._many = many
        self._tasks: set[asyncio.Task[None]] = set()

    def begin_soon(self) -> None:
        """Fetch the keys of this turn when it ends."""
        self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        task = self._loop.create_task(self._fetch())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fetch(self) -> None:
        keys = self.taken()
        try:
            self.settle(keys, await self._many(list(keys)))
        except Exception as error:
            self.settle(keys, keys, error)


def _settle(future: asyncio.Future[Any], value: Any, failure: Exception | None) -> None:
    if future.cancelled():
        return
    if failure is None:
        future.set_result(value)
    else:
        future.set_exception(failure)
