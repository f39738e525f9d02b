"""Reading rows on the driver itself; SQLAlchemy writes each shape of a statement once."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import URL, Dialect, Executable, Row
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import LRUCache

from chassis import telemetry, tls
from chassis.reads.connections import Connections

KEPT_STATEMENTS = 500

Processor = Any  # a function of one value


class Unreadable(Exception):
    """The driver takes this statement only through SQLAlchemy."""


# What the way through SQLAlchemy does better: it runs such a statement, reconnects, or names what is wrong.
NOT_READ = (
    Unreadable,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)


class _Shape(NamedTuple):
    """How the values of a written statement go in and come out."""

    arguments: Sequence[tuple[str, Processor | None]]
    columns: SimpleResultMetaData
    results: Sequence[tuple[int, Processor]]

    def row(self, record: asyncpg.Record) -> Row[Any]:
        values = list(record)
        for index, process in self.results:
            values[index] = process(values[index])
        return Row(self.columns, None, self.columns._key_to_index, values)


class _Written(NamedTuple):
    """A statement as SQLAlchemy writes it, which its equals share, and the values of its own."""

    compiled: SQLCompiler
    own: Mapping[str, Any]


class Reader:
    """Runs single SELECTs outside any transaction; one that is run again costs no second look at it."""

    def __init__(self, url: URL, dialect: Dialect, *, size: int) -> None:
        self._dialect = dialect
        self._connections = Connections(tls.dsn(url), size)
        self._compiled: Any = LRUCache(KEPT_STATEMENTS)
        self._written: WeakKeyDictionary[Executable, _Written] = WeakKeyDictionary()
        self._shapes: WeakKeyDictionary[SQLCompiler, _Shape] = WeakKeyDictionary()

    async def close(self) -> None:
        """Give back every connection."""
        await self._connections.close()

    async def rows(self, statement: Executable, parameters: Mapping[str, Any]) -> list[Row[Any]]:
        """Return the statement's rows.

        Raises Unreadable before anything runs, and whatever the driver raises.
        """
        written = self._written.get(statement)
        lasting = written is not None
        if written is None:
            written = self._written[statement] = self._write(statement)
        compiled, own = written
        connection = await self._connections.take(lasting=lasting)
        try:
            shape = self._shapes.get(compiled)
            if shape is None:
                shape = self._shapes[compiled] = await _shape(compiled, self._dialect, connection)
            values = {**own, **parameters}
            given = [process(values[name]) if process else values[name] for name, process in shape.arguments]
            records = await self.fetch(connection, compiled.string, given)
        except BaseException:
            await self._connections.drop(connection)
            raise
        await self._connections.keep(connection, lasting=lasting)
        return [shape.row(record) for record in records]

    def _write(self, statement: Executable) -> _Written:
        compiled, extracted, *_ = statement._compile_w_cache(
            self._dialect, compiled_cache=self._compiled, column_keys=[]
        )
        if (
            not isinstance(compiled, SQLCompiler)
            or compiled._render_postcompile
            or not compiled._result_columns
        ):
            raise Unreadable
        values = compiled.construct_params(extracted_parameters=extracted, _check=False)
        own = {name: value for name, value in values.items() if not compiled.binds[name].required}
        return _Written(compiled, own)

    async def fetch(self, connection: Any, sql: str, given: Sequence[Any]) -> Sequence[asyncpg.Record]:
        """Run one statement, measured and as a step of the present trace."""
        with telemetry.statement(sql):
            records: Sequence[asyncpg.Record] = await connection.fetch(sql, *given)
        return records


async def _shape(compiled: SQLCompiler, dialect: Dialect, connection: Any) -> _Shape:
    attributes = (await connection.prepare(compiled.string)).get_attributes()
    columns = compiled._result_columns
    processors = [
        column.type._cached_result_processor(dialect, attribute.type.oid)
        for column, attribute in zip(columns, attributes, strict=True)
    ]
    return _Shape(
        [(name, compiled._bind_processors.get(name)) for name in compiled.positiontup or ()],
        SimpleResultMetaData([column.keyname for column in columns]),
        [(index, process) for index, process in enumerate(processors) if process],
    )
