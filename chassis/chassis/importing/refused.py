"""The rows of an import that did not get in, as they stood in the file, each with its reason."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import select

from chassis.database import Database
from chassis.exporting.writing import write
from chassis.importing.files import CHUNK, opened
from chassis.importing.models import ImportChunk, ImportFile, ImportJob, ImportOutcome
from chassis.importing.outcomes import REFUSED, Outcome

HEADERS = ("row", "error_code", "error_message")  # behind the file's own; imports pass them over


async def refused_rows(database: Database, job: ImportJob, file: ImportFile) -> AsyncIterator[bytes]:
    """Yield the error file of an import in the format, encoding and columns of the file it came from."""
    headers = [*(name for name in file.headers if name not in HEADERS), *HEADERS]
    given = {
        "encoding": "utf-8-sig" if file.encoding == "utf-8" else file.encoding,
        "delimiter": file.delimiter,
    }
    options = {name: value for name, value in given.items() if value}
    async for part in write(file.format, headers, _rows(database, job, file), **options):
        yield part


async def _rows(database: Database, job: ImportJob, file: ImportFile) -> AsyncIterator[Sequence[Any]]:
    query = (
        select(ImportOutcome.position, ImportOutcome.rows, ImportChunk.rows.label("cells"))
        .join(
            ImportChunk,
            (ImportChunk.file_id == file.id) & (ImportChunk.position == ImportOutcome.position),
        )
        .where(ImportOutcome.job_id == job.id, ImportOutcome.refused > 0)
        .order_by(ImportOutcome.position)
        .limit(1)
    )
    places = [file.headers.index(name) for name in HEADERS if name in file.headers]  # sent in a second time
    position, dialect = -1, database.engine.dialect
    while found := await database.read(query.where(ImportOutcome.position > position)):
        position = found[0].position
        outcomes = [Outcome.of(kept) for kept in found[0].rows]
        yield [
            [*(cell for at, cell in enumerate(cells) if at not in places), *told]
            for number, (cells, outcome) in enumerate(
                zip(opened(dialect, found[0].cells, file.id), outcomes, strict=True)
            )
            if outcome.kind == REFUSED
            for told in [(position * CHUNK + number + 2, outcome.code, outcome.message)]
        ]
