"""A file sent in becomes chunks of rows in the database, where any replica can go on with them."""

import asyncio
import itertools
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import IO
from uuid import UUID

import orjson
from sqlalchemy import Dialect, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.database import Database, now
from chassis.errors import Invalid, LimitExceeded, NotFound
from chassis.importing.models import ImportChunk, ImportFile
from chassis.importing.reading import Row, Table, read
from chassis.secrets.sealing import seal, unseal

MOST_BYTES = 256_000_000
IN_MEMORY = 4_000_000
CHUNK = 1_000  # rows; also what one transaction of a job brings in


async def receive(
    database: Database, body: AsyncIterator[bytes], *, name: str, sheet: str | None = None
) -> ImportFile:
    """Keep a file, read into rows; raise Invalid and LimitExceeded as `reading.read` does."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        await _spool(body, spool)
        table = await asyncio.to_thread(read, spool, sheet)
        async with database.transaction() as session:
            return await _keep(session, table, name)


async def get_file(session: AsyncSession, id: UUID) -> ImportFile:
    """Return one's own file; raise NotFound for another."""
    found = await session.get(ImportFile, id)
    if found is None or found.created_by != access.actor_id():
        raise NotFound(f"There is no file {id} of yours; send it by POST to /imports", id=str(id))
    return found


async def rows_of(session: AsyncSession, file_id: UUID, position: int) -> list[Row]:
    """Return the rows of one chunk."""
    kept = await session.scalar(
        select(ImportChunk.rows).where(ImportChunk.file_id == file_id, ImportChunk.position == position)
    )
    return opened(session.get_bind().dialect, kept, file_id) if kept else []


def opened(dialect: Dialect, kept: bytes, file_id: UUID) -> list[Row]:
    """Return the rows of a chunk as it is stored."""
    rows: list[Row] = orjson.loads(unseal(dialect, kept, _place(file_id)))
    return rows


def _place(file_id: UUID) -> str:
    return f"import_chunk.rows/{file_id}"


async def forget_files(session: AsyncSession, *, before: datetime) -> None:
    """Give up the files of before this instant with the imports made of them; what came in stays."""
    await session.execute(delete(ImportFile).where(ImportFile.created_at < before))


async def _spool(body: AsyncIterator[bytes], spool: IO[bytes]) -> None:
    size = 0
    async for block in body:
        size += len(block)
        if size > MOST_BYTES:
            raise LimitExceeded(f"A file has at most {MOST_BYTES} bytes; split it")
        spool.write(block)
    if not size:
        raise Invalid("The body is empty; send the file itself, e.g. with curl --data-binary @file.csv")
    spool.seek(0)


async def _keep(session: AsyncSession, table: Table, name: str) -> ImportFile:
    file = ImportFile(
        name=name[:200],
        format=table.format,
        encoding=table.encoding,
        delimiter=table.delimiter,
        headers=table.headers,
        rows=0,
        created_by=access.actor_id(),
        created_at=now(),
    )
    session.add(file)
    await session.flush()
    chunks = enumerate(_chunks(table.rows))
    while chunk := await asyncio.to_thread(next, chunks, None):
        position, (count, plain) = chunk
        file.rows += count
        rows = seal(session.get_bind().dialect, plain, _place(file.id))
        await session.execute(insert(ImportChunk).values(file_id=file.id, position=position, rows=rows))
    return file


def _chunks(rows: Iterator[Row]) -> Iterator[tuple[int, bytes]]:
    while chunk := list(itertools.islice(rows, CHUNK)):
        yield len(chunk), orjson.dumps(chunk)
