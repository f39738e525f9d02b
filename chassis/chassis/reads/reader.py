"""Reading rows on the driver itself; SQLAlchemy writes each shape of a statement once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import URL, Dialect, Executable, Row
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import LRUCache

from chassis import telemetry, tls
from chassis.reads.connections import Connections
from chassis.reads.shapes import Joined, Shape

KEPT_STATEMENTS = 500

Wanted = tuple[Executable, Mapping[str, Any]]  # a statement and its parameters


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


@dataclass(slots=True)
class _Written:
    """A statement as SQLAlchemy writes it, and the values of its own; its shape when it has run."""

    compiled: SQLCompiler
    own: Mapping[str, Any]
    shape: Shape | None = None


class Reader:
    """Runs single SELECTs outside any transaction; one that is run again costs no second look at it."""

    def __init__(self, url: URL, dialect: Dialect, *, size: int) -> None:
        self._dialect = dialect
        self._connections = Connections(tls.dsn(url), size)
        self._compiled: Any = LRUCache(KEPT_STATEMENTS)
        self._written: WeakKeyDictionary[Executable, _Written] = WeakKeyDictionary()
        self._shapes: WeakKeyDictionary[SQLCompiler, Shape] = WeakKeyDictionary()
        self._joined: Any = LRUCache(KEPT_STATEMENTS)

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
        told = self.told([written.own])
        connection = await self._connections.take(lasting=lasting)
        try:
            shape = written.shape
            if shape is None:
                shape = written.shape = await self._shape(written.compiled, connection)
            given = shape.given({**written.own, **parameters})
            records = await self.fetch(connection, shape.sql, given, told)
        except BaseException:
            await self._connections.drop(connection)
            raise
        await self._connections.keep(connection, lasting=lasting)
        return shape.rows(records)

    async def together(self, wanted: Sequence[Wanted]) -> list[list[Row[Any]]]:
        """Return the rows of several statements that were asked for together before, read by one.

        Raises Unreadable before anything runs, and whatever the driver raises.
        """
        shapes: list[Shape] = []
        given: list[Any] = []
        own: list[Mapping[str, Any]] = []
        for statement, parameters in wanted:
            written = self._written.get(statement)
            if written is None or written.shape is None:
                raise Unreadable
            shapes.append(written.shape)
            own.append(written.own)
            given += written.shape.given({**written.own, **parameters})
        told = self.told(own)
        joined = self._join(tuple(shapes))
        connection = await self._connections.take(lasting=True)
        try:
            await joined.introduce(connection)
            [found] = await self.fetch(connection, joined.sql, given, told)
        except BaseException:
            await self._connections.drop(connection)
            raise
        await self._connections.keep(connection, lasting=True)
        return [shape.rows(records) for shape, records in zip(shapes, found, strict=True)]

    def _join(self, shapes: tuple[Shape, ...]) -> Joined:
        if shapes in self._joined:
            joined: Joined = self._joined[shapes]
            return joined
        self._joined[shapes] = Joined(shapes)
        raise Unreadable  # what is asked for together once is not worth a plan

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

    async def _shape(self, compiled: SQLCompiler, connection: Any) -> Shape:
        if compiled in self._shapes:
            return self._shapes[compiled]
        attributes = (await connection.prepare(compiled.string)).get_attributes()
        columns = compiled._result_columns
        processors = [
            column.type._cached_result_processor(self._dialect, attribute.type.oid)
            for column, attribute in zip(columns, attributes, strict=True)
        ]
        shape = self._shapes[compiled] = Shape(
            compiled.string,
            [(name, compiled._bind_processors.get(name)) for name in compiled.positiontup or ()],
            SimpleResultMetaData([column.keyname for column in columns]),
            [(index, process) for index, process in enumerate(processors) if process],
        )
        return shape

    def told(self, own: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
        """Return what the connection must be told for statements with these values of their own."""
        return {}

    async def fetch(
        self, connection: Any, sql: str, given: Sequence[Any], told: Mapping[str, str]
    ) -> Sequence[asyncpg.Record]:
        """Run one statement, measured and as a step of the present trace."""
        with telemetry.statement(sql):
            records: Sequence[asyncpg.Record] = await connection.fetch(sql, *given)
        return records
