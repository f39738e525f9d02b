"""Written statements: how values go in and come out, and several of them as one."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

from sqlalchemy import Row
from sqlalchemy.engine.result import SimpleResultMetaData

_PLACE = re.compile(r"""'[^']*'|"[^"]*"|\$(\d+)""")  # of an argument; what is quoted is passed over

Processor = Any  # a function of one value


@dataclass(slots=True, frozen=True, eq=False)
class Shape:
    """A written statement, and how its values go in and come out."""

    sql: str
    arguments: Sequence[tuple[str, Processor | None]]
    columns: SimpleResultMetaData
    results: Sequence[tuple[int, Processor]]

    def given(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the arguments of a run with these values; raise KeyError for one that is missing."""
        return [process(values[name]) if process else values[name] for name, process in self.arguments]

    def rows(self, records: Iterable[Iterable[Any]]) -> list[Row[Any]]:
        """Return what the driver read as rows."""
        columns, keys = self.columns, self.columns._key_to_index
        found: list[Row[Any]] = []
        for record in records:
            values = list(record)
            for index, process in self.results:
                values[index] = process(values[index])
            found.append(Row(columns, None, keys, values))
        return found


class Joined:
    """Several statements as one: a row with an array of records for each."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self._shapes = shapes
        self._known: WeakSet[Any] = WeakSet()
        parts: list[str] = []
        arguments = 0
        for shape in shapes:
            moved = _moved(shape.sql, arguments)
            parts.append(f"ARRAY(SELECT row_ FROM ({moved}) AS row_)")  # noqa: S608  as SQLAlchemy wrote it
            arguments += len(shape.arguments)
        self.sql = f"SELECT {', '.join(parts)}"

    async def introduce(self, connection: Any) -> None:
        """Let a connection get to know the types of all columns: within arrays it does not ask for them."""
        if connection._con not in self._known:
            for shape in self._shapes:
                await connection.prepare(shape.sql)
            self._known.add(connection._con)


def _moved(sql: str, by: int) -> str:
    """Return the statement with its arguments counted from further on."""
    return _PLACE.sub(lambda found: f"${int(found[1]) + by}" if found[1] else found[0], sql)
