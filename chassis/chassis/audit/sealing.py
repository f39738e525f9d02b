"""The chain: each entry is hashed together with all before it, so that nobody can change one unnoticed."""

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import orjson
from sqlalchemy import Executable, Select, Text, cast, func, insert, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.audit.models import AuditEntry, AuditSeal
from chassis.database import Database

BATCH = 2_000
EVERY_SECONDS = 1.0
TOLD_EVERY_SECONDS = 3600.0

_LEAD = select(func.pg_try_advisory_xact_lock(func.hashtext("roundel.audit")))
_NEWEST: Executable = select(
    func.coalesce(func.max(AuditEntry.number), 0).label("number"),
    literal_column("pg_snapshot_xmax(pg_current_snapshot())::text::bigint").label("next"),
    literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint").label("oldest_running"),
)
_HEAD = (
    select(AuditSeal.position, AuditSeal.hash, AuditSeal.number).order_by(AuditSeal.position.desc()).limit(1)
)
# jsonb as PostgreSQL writes it: the same value is always the same text
_CONTENT = tuple(
    cast(column, Text).label(column.key) if column.key in ("changes", "detail") else column
    for column in AuditEntry.__table__.c
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a chain; noted elsewhere, it proves that no tail was cut off."""

    position: int
    hash: bytes
    number: int = field(default=0, compare=False)  # of the entry

    def __str__(self) -> str:
        return f"{self.position}:{self.hash.hex()}"

    @classmethod
    def parse(cls, written: str) -> Self:
        """Return the head as `str` wrote it; raise ValueError for anything else."""
        position, _, hash = written.partition(":")
        return cls(int(position), bytes.fromhex(hash))


BEGINNING = Head(0, bytes(32))  # what the first entry is hashed with


def content() -> Select[Any]:
    """Return the statement that reads all that is hashed of entries."""
    return select(*_CONTENT)


def chained(before: bytes, entry: Sequence[Any]) -> bytes:
    """Return the hash of an entry, as read by `content`, and of all before it."""
    # the address came later: entries without one hash as those did that were sealed before
    whole = entry[:-1] if entry[-1] is None else entry
    return hashlib.sha256(before + orjson.dumps(list(whole), default=str)).digest()


class Sealer:
    """Seals, in the order of their numbers, entries before which none can appear any more.

    A number is drawn before its transaction commits, so a lower one may appear later. Hence an entry waits
    until every transaction has ended that ran when it was first seen.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: tuple[int, int] | None = None  # the newest number, and the first transaction after it
        self._final = 0  # no lower number can appear
        self._sealed = 0  # all to here are sealed, as far as this worker knows
        self._told = float("-inf")

    async def run(self, _: object) -> None:
        """Seal; every hour, tell the log how far, so that a chain written anew can be held against it."""
        if await self.seal() and time.monotonic() - self._told > TOLD_EVERY_SECONDS:
            async with self._database.engine.connect() as connection:
                log.info("The audit is sealed to %s", await _head(connection))
            self._told = time.monotonic()

    async def seal(self) -> int:
        """Seal what can be, unless another worker is at it; return how many entries."""
        await self._look()
        sealed = 0
        while self._sealed < self._final and (batch := await self._seal_batch()):
            sealed += batch
            if batch < BATCH:
                break
        return sealed

    async def _look(self) -> None:
        [newest] = await self._database.read(_NEWEST)
        if self._seen and newest.oldest_running >= self._seen[1]:
            self._final, self._seen = self._seen[0], None
        if self._seen is None:
            self._seen = (newest.number, newest.next)

    async def _seal_batch(self) -> int:
        async with self._database.engine.begin() as connection:
            if not await connection.scalar(_LEAD):
                return 0
            head = await _head(connection)
            if head.number >= self._final:
                self._sealed = head.number
                return 0
            waiting = content().where(AuditEntry.number > head.number, AuditEntry.number <= self._final)
            entries = (await connection.execute(waiting.order_by(AuditEntry.number).limit(BATCH))).all()
            seals = []
            for entry in entries:
                head = Head(head.position + 1, chained(head.hash, entry), entry.number)
                seals.append({**asdict(head), "entry_id": entry.id})
            if seals:
                await connection.execute(insert(AuditSeal), seals)
        self._sealed = head.number
        return len(seals)


async def _head(connection: AsyncConnection) -> Head:
    head = (await connection.execute(_HEAD)).one_or_none()
    return Head(head.position, head.hash, head.number) if head else BEGINNING
