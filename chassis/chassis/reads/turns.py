"""All that a request reads in one turn of the loop, sent together: sending costs more than reading."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy import Executable, Row

from chassis.reads.batches import Asked
from chassis.reads.reader import Wanted

V = TypeVar("V")

Rows = Sequence[Row[Any]]


class Read(NamedTuple, Generic[V]):
    """A statement that fetches several keys, and what the keys' values are out of its rows."""

    statement: Executable
    parameters: Mapping[str, Any]
    values: Callable[[Rows], list[V]]


def one_each(ids: Sequence[Any]) -> Callable[[Rows], list[Row[Any] | None]]:
    """Return what gives each id its row, or None."""

    def values(rows: Rows) -> list[Row[Any] | None]:
        found = {row.id: row for row in rows}
        return [found.get(id) for id in ids]

    return values


def several_each(keys: Sequence[Any], by: str) -> Callable[[Rows], list[list[Row[Any]]]]:
    """Return what gives each key the rows whose column `by` is the key."""

    def values(rows: Rows) -> list[list[Row[Any]]]:
        found: dict[Any, list[Row[Any]]] = {key: [] for key in keys}
        for row in rows:
            found[row._mapping[by]].append(row)
        return [found[key] for key in keys]

    return values


def total_each(parents: Sequence[Any]) -> Callable[[Rows], list[int]]:
    """Return what gives each parent its `total`, or 0."""

    def values(rows: Rows) -> list[int]:
        found = {row.parent_: row.total for row in rows}
        return [found.get(parent, 0) for parent in parents]

    return values


ReadOf = Callable[[list[Any]], Read[Any]]


class Reads(Protocol):
    """The database, as far as it is needed here."""

    async def read(self, statement: Executable, parameters: Mapping[str, Any]) -> Rows:
        """Return the rows of one statement."""
        ...

    async def read_together(self, wanted: Sequence[Wanted]) -> Sequence[Rows | BaseException]:
        """Return the rows of each statement, or why there are none."""
        ...


class Turns:
    """The reads of one request, turn by turn."""

    def __init__(self, database: Reads) -> None:
        self._database = database
        self._due: list[Keys] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, keys: "Keys") -> None:
        """Fetch these keys with all others of this turn when it ends."""
        if not self._due:
            asyncio.get_running_loop().call_soon(self._begin)
        self._due.append(keys)

    def _begin(self) -> None:
        task = asyncio.get_running_loop().create_task(self._fetch())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fetch(self) -> None:
        due, self._due = self._due, []
        begun = [(keys, taken, read) for keys in due if (read := keys.read(taken := keys.taken()))]
        found: Sequence[Rows | BaseException] = ()
        if len(begun) == 1:
            found = [await self._alone(begun[0][2])]
        elif begun:
            wanted = [(read.statement, read.parameters) for *_, read in begun]
            found = await self._database.read_together(wanted)
        for (keys, taken, read), rows in zip(begun, found, strict=True):
            keys.give(taken, read, rows)

    async def _alone(self, read: Read[Any]) -> Rows | Exception:
        try:
            return await self._database.read(read.statement, read.parameters)
        except Exception as error:
            return error


class Keys(Asked):
    """Keys that one statement fetches, in one message with the other keys of their turn."""

    def __init__(self, turns: Turns, read: ReadOf) -> None:
        super().__init__()
        self._turns = turns
        self._read = read

    def read(self, keys: list[Any]) -> Read[Any] | None:
        """Return what fetches these keys; None when nothing can, which they are told then."""
        try:
            return self._read(keys)
        except Exception as error:
            self.settle(keys, keys, error)
            return None

    def give(self, keys: list[Any], read: Read[Any], rows: Rows | BaseException) -> None:
        """Give these keys what was read for them, or tell what was raised."""
        try:
            if isinstance(rows, BaseException):
                raise rows
            self.settle(keys, read.values(rows))
        except Exception as error:
            self.settle(keys, keys, error)

    def begin_soon(self) -> None:
        """Fetch the keys when the turn ends."""
        self._turns.add(self)
