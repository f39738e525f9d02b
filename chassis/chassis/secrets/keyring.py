"""Encrypting single values: with the newest key of the service, bound to the place where they are kept."""

import asyncio
import hmac
import logging
import os
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, Row, func, select
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database, now, uuid7
from chassis.errors import Unavailable
from chassis.secrets.master import KEY_BYTES, NONCE_BYTES, MasterKeys
from chassis.secrets.models import FIELDS, INDEX, DataKey

FORMAT = b"\x01"
ID_BYTES = 16
LOOK_SECONDS = 5.0
NOTICE = timedelta(seconds=2 * LOOK_SECONDS)  # every process knows a key before it is used

_ALL = select(DataKey.id, DataKey.purpose, DataKey.wrapped, DataKey.active_from).order_by(DataKey.id)
_ONE_AT_A_TIME = select(func.pg_advisory_xact_lock(func.hashtext("roundel.data_key")))

log = logging.getLogger(__name__)


class Keyring:
    """The unwrapped keys of one service's database; `encrypt` and `decrypt` are all that others need.

    A place says where a value is kept, for example `customer.phone/018f…`; whoever moves the value to
    another place cannot have it decrypted there.
    """

    def __init__(self, master: MasterKeys, clock: Callable[[], datetime] = now) -> None:
        self.master = master
        self._clock = clock
        self._ciphers: dict[UUID, AESGCM] = {}
        self._active: Sequence[tuple[datetime, UUID]] = ()
        self._index = b""

    def encrypt(self, value: bytes, place: str) -> bytes:
        """Return what may be stored; raises Unavailable while there is no key."""
        id, nonce = self.current, os.urandom(NONCE_BYTES)
        return FORMAT + id.bytes + nonce + self._ciphers[id].encrypt(nonce, value, place.encode())

    def decrypt(self, stored: bytes, place: str) -> bytes:
        """Return what was encrypted for this place; raises Unavailable when it was not, or was changed."""
        head, rest = stored[: 1 + ID_BYTES], stored[1 + ID_BYTES :]
        id = UUID(bytes=head[1:]) if len(head) == 1 + ID_BYTES else None
        if head[:1] != FORMAT or id not in self._ciphers:
            raise Unavailable(f"A value of {_column(place)} cannot be decrypted: its key is not known here")
        try:
            return self._ciphers[id].decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError):
            raise Unavailable(
                f"A value of {_column(place)} was changed or moved behind this service's back;"
                " restore the row from a backup"
            ) from None

    def index(self, value: str, column: str) -> bytes:
        """Return what equal values of a column, and only they, have in common."""
        if not self._index:
            raise Unavailable("Nothing can be encrypted here: set ROUNDEL_MASTER_KEYS")
        return hmac.digest(self._index, f"{column}\0{value}".encode(), "sha256")

    @property
    def current(self) -> UUID:
        """The id of the key that encrypts now."""
        present = self._clock()
        for since, id in reversed(self._active):
            if since <= present:
                return id
        raise Unavailable("Nothing can be encrypted here: set ROUNDEL_MASTER_KEYS")

    async def load(self, database: Database) -> None:
        """Read the keys, making the first ones; raises Unavailable when a master key is missing or wrong."""
        if not self.master:
            return
        try:
            rows = await database.read(_ALL)
        except ProgrammingError:
            return  # the tables are not made yet; this process is not ready before they are
        if not rows:
            async with database.transaction() as session:
                await self._make_first(session)
            rows = await database.read(_ALL)
        self._take(rows)

    async def follow(self, database: Database) -> None:
        """Learn of new keys until cancelled."""
        while self.master:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.load(database)
            except Unavailable as error:
                log.warning("The keys of encrypted fields cannot be read: %s", error)

    def add(self, session: AsyncSession, purpose: str, active_from: datetime) -> UUID:
        """Make a key and store it wrapped."""
        id = uuid7()
        wrapped = self.master.wrap(os.urandom(KEY_BYTES), _purpose(id))
        session.add(DataKey(id=id, purpose=purpose, wrapped=wrapped, active_from=active_from))
        return id

    def rewrapped(self, id: UUID, wrapped: str) -> str:
        """Return a stored key wrapped by the current master key."""
        return self.master.wrap(self.master.unwrap(wrapped, _purpose(id)), _purpose(id))

    async def _make_first(self, session: AsyncSession) -> None:
        await session.execute(_ONE_AT_A_TIME)
        if not (await session.execute(_ALL)).first():
            for purpose in (FIELDS, INDEX):
                self.add(session, purpose, self._clock())

    def _take(self, rows: Sequence[Row[Any]]) -> None:
        active = []
        for row in rows:
            if row.purpose == FIELDS:
                if row.id not in self._ciphers:
                    self._ciphers[row.id] = AESGCM(self.master.unwrap(row.wrapped, _purpose(row.id)))
                active.append((row.active_from, row.id))
            elif not self._index:
                self._index = self.master.unwrap(row.wrapped, _purpose(row.id))
        self._active = sorted(active)


def use(keyring: Keyring, database: Database) -> None:
    """Encrypt this database's columns with these keys; a column's type sees only the engine's dialect."""
    database.engine.dialect.keyring = keyring  # type: ignore[attr-defined]


def of(dialect: Dialect) -> Keyring:
    """Return the keys in use; raises Unavailable when there are none."""
    found = getattr(dialect, "keyring", None)
    if not isinstance(found, Keyring):
        raise Unavailable("Nothing can be encrypted here: this database was opened without keys")
    return found


def _purpose(id: UUID) -> str:
    return f"data_key/{id}"


def _column(place: str) -> str:
    return place.partition("/")[0]
