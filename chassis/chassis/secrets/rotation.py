"""New keys: for the encrypted columns, and under a new master key."""

import asyncio
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import LargeBinary, MetaData, Table, func, or_, select, type_coerce, update

from chassis.database import Database, now
from chassis.secrets.columns import Encrypted, encrypted, opened
from chassis.secrets.keyring import FORMAT, ID_BYTES, NOTICE, Keyring
from chassis.secrets.models import FIELDS, DataKey
from chassis.service import Service
from chassis.settings import DatabaseSettings

AT_A_TIME = 500
PLAIN = b"\x00"  # how a migration marks values that were there before their column was encrypted


def add_commands(add: Callable[[str, Callable[[Service, Namespace], Awaitable[None]], str], Any]) -> None:
    """Add `rotate-keys` to a service's command line."""
    rotating = add("rotate-keys", _rotate_keys, "encrypt everything that is encrypted with a new key")
    rotating.add_argument("--only-master", action="store_true", help="only wrap the keys anew")


async def _rotate_keys(service: Service, arguments: Namespace) -> None:
    settings = DatabaseSettings()  # type: ignore[call-arg]
    database = Database(settings.database_url.get_secret_value())
    try:
        keys = await opened(database, settings.master_keys, service.metadata)
        wrapped = await rewrap(database, keys)
        sys.stdout.write(
            f"{service.name}: {wrapped} keys are wrapped by the master key {keys.master.current}\n"
        )
        if not arguments.only_master:
            await renew(database, keys)
            rows = await encrypt_all(database, keys, service.metadata)
            sys.stdout.write(f"{service.name}: {rows} rows are encrypted with a new key\n")
    finally:
        await database.close()


async def encrypt_plain(settings: DatabaseSettings, metadata: MetaData) -> None:
    """Encrypt what a migration found in plain text; raises Unavailable when there is no master key."""
    if not encrypted(metadata):
        return
    database = Database(settings.database_url.get_secret_value())
    try:
        await encrypt_all(database, await opened(database, settings.master_keys, metadata), metadata)
    finally:
        await database.close()


async def rewrap(database: Database, keys: Keyring) -> int:
    """Wrap all keys with the first master key, and return how many; no row of data is touched."""
    async with database.transaction() as session:
        rows = (await session.scalars(select(DataKey).with_for_update())).all()
        for row in rows:
            row.wrapped = keys.rewrapped(row.id, row.wrapped)
    return len(rows)


async def renew(database: Database, keys: Keyring, notice: timedelta = NOTICE) -> None:
    """Make a key for fields and wait until every process encrypts with it."""
    async with database.transaction() as session:
        keys.add(session, FIELDS, now() + notice)
    await asyncio.sleep(notice.total_seconds())
    await keys.load(database)


async def encrypt_all(database: Database, keys: Keyring, metadata: MetaData) -> int:
    """Encrypt what is not yet with the current key, some rows at a time, and return how many rows.

    Interrupted, it goes on where it was when it is called again; rows that others write meanwhile
    are left to them.
    """
    count = 0
    for table, columns in encrypted(metadata).items():
        while done := await _encrypt_some(database, keys, table, columns):
            count += done
    return count


async def _encrypt_some(
    database: Database, keys: Keyring, table: Table, columns: dict[str, Encrypted]
) -> int:
    raw = [type_coerce(table.c[name], LargeBinary).label(name) for name in columns]
    old = _is_old(table, columns, keys)
    some = select(table.c.id, *raw).where(old).limit(AT_A_TIME).with_for_update()
    async with database.transaction() as session:
        rows = (await session.execute(some)).all()
        for row in rows:
            values: dict[Any, Any] = {}
            for name, column in columns.items():
                values |= _again(keys, table, name, column, row.id, getattr(row, name))
            await session.execute(update(table).where(table.c.id == row.id).values(values))
    return len(rows)


def _again(
    keys: Keyring, table: Table, name: str, column: Encrypted, id: Any, stored: bytes | None
) -> dict[Any, Any]:
    if stored is None:
        return {}
    place = f"{column.place}/{id}"
    value = stored[1:] if stored[:1] == PLAIN else keys.decrypt(stored, place)
    written = {table.c[name]: type_coerce(keys.encrypt(value, place), LargeBinary)}
    if column.index:
        written[table.c[column.index]] = keys.index(value.decode(), column.place)  # type: ignore[assignment]
    return written


def _is_old(table: Table, columns: dict[str, Encrypted], keys: Keyring) -> Any:
    head = FORMAT + keys.current.bytes
    parts = [func.substring(type_coerce(table.c[name], LargeBinary), 1, 1 + ID_BYTES) for name in columns]
    return or_(*(part != head for part in parts))
