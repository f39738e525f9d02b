"""Connections that stay taken between reads: the driver's pool asks as much of a read as PostgreSQL does."""

from collections.abc import Callable
from typing import Any

import asyncpg
import orjson

WAIT_SECONDS = 10  # for a connection, when all are busy
PLANS = ("auto", "force_generic_plan")


class Connections:
    """At most `size` connections; whoever takes one keeps it for the next or drops it.

    A lasting statement, one that is run again and again, is planned once per connection. Any other is
    planned for its values, which decide what is best where conditions are chosen by callers.
    """

    def __init__(self, dsn: str, size: int) -> None:
        self._dsn = dsn
        self._size = size
        self._pool: Any = None
        self._idle: tuple[list[Any], list[Any]] = ([], [])  # by whether they run lasting statements
        self._waiting = 0
        self._closing = False

    async def take(self, *, lasting: bool) -> Any:
        """Return a connection, a new one if need be; raises what the driver raises."""
        for kind in (lasting, not lasting):
            while self._idle[kind]:
                connection = self._idle[kind].pop()
                if not connection.is_closed():
                    return connection if kind is lasting else await self._turned(connection, lasting)
                await self.drop(connection)
        return await self._turned(await self._acquired(), lasting)

    async def keep(self, connection: Any, *, lasting: bool) -> None:
        """Take a connection back that did what it was asked."""
        if self._waiting or self._closing:
            await self.drop(connection)
        else:
            self._idle[lasting].append(connection)

    async def drop(self, connection: Any) -> None:
        """Give a connection back to the driver's pool, which sees to what is wrong with it."""
        await self._pool.release(connection)

    async def close(self) -> None:
        """Give back every connection, those in use when their reads are done."""
        self._closing = True
        if self._pool is not None:
            for connection in (*self._idle[False], *self._idle[True]):
                await self.drop(connection)
            await self._pool.close()

    async def _acquired(self) -> Any:
        if self._pool is None:
            options = {"init": _decode_json, "reset": _nothing}
            self._pool = asyncpg.create_pool(self._dsn, min_size=0, max_size=self._size, **options)
        self._waiting += 1
        try:
            return await (await self._pool).acquire(timeout=WAIT_SECONDS)
        finally:
            self._waiting -= 1

    async def _turned(self, connection: Any, lasting: bool) -> Any:
        try:
            await connection.execute(f"SET plan_cache_mode = {PLANS[lasting]}")
        except BaseException:
            await self.drop(connection)
            raise
        return connection


async def _nothing(_: object) -> None:
    """A SELECT outside any transaction leaves nothing that its connection must be cleaned of."""


async def _decode_json(connection: Any) -> None:
    # in binary, because records inside an answer are, see joined.py
    for name, before in (("json", b""), ("jsonb", b"\x01")):
        await connection.set_type_codec(
            name, schema="pg_catalog", format="binary", encoder=_written(before), decoder=_read(len(before))
        )


def _written(before: bytes) -> Callable[[str], bytes]:
    return lambda text: before + text.encode()


def _read(skipped: int) -> Callable[[bytes], Any]:
    return lambda data: orjson.loads(data[skipped:])
