"""Imports as people deal with them: begun, watched, cancelled, undone."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.access import Principal
from chassis.database import now
from chassis.edges.principals import written
from chassis.errors import Conflict, NotFound
from chassis.importing import mapping, rehearsing, tokens
from chassis.importing.custom import present
from chassis.importing.files import get_file
from chassis.importing.importable import Importable
from chassis.importing.mapping import Column
from chassis.importing.models import SKIP, ImportFile, ImportJob, JobState
from chassis.importing.undoing import LEFT, again

OPEN = (JobState.WAITING, JobState.RUNNING)


async def start(
    session: AsyncSession,
    importable: Importable,
    *,
    file_id: UUID,
    columns: Sequence[Column],
    duplicates: str = SKIP,
    dry_run: bool = False,
) -> ImportJob:
    """Have a file brought in by the worker as whoever asks now; the mapping is remembered.

    Raises NotFound for somebody else's file, Invalid for a mapping that does not fit, and what `tokens.kept`
    does.
    """
    file = await get_file(session, file_id)
    importable = await present(session, importable)
    mapping.check(importable, columns, file.headers)
    await mapping.remember(session, importable, file.headers, columns)
    return await queue(session, importable, file, columns, duplicates=duplicates, dry_run=dry_run)


async def queue(
    session: AsyncSession,
    importable: Importable,
    file: ImportFile,
    columns: Sequence[Column],
    *,
    duplicates: str,
    dry_run: bool,
) -> ImportJob:
    """Have a file brought in by a mapping that was checked."""
    job = ImportJob(
        object=importable.noun,
        file_id=file.id,
        columns=[column.to_json() for column in columns],
        duplicates=duplicates,
        dry_run=dry_run,
        principal=written(access.current()) | tokens.kept(session, importable, columns),
        created_by=access.actor_id(),
        created_at=now(),
    )
    session.add(job)
    await session.flush()
    return job


async def cancel(session: AsyncSession, importable: Importable, id: UUID) -> ImportJob:
    """Stop an import after the rows it is at; what came in stays until it is undone."""
    job = await get_job(session, importable, id)
    if job.state not in OPEN:
        raise Conflict(f"The import is {job.state.value} already", state=job.state.name)
    job.state, job.finished_at = JobState.CANCELLED, now()
    job.principal = tokens.without(job.principal)
    await rehearsing.forget(session, job)
    return job


async def undo(session: AsyncSession, importable: Importable, id: UUID) -> ImportJob:
    """Have the worker take an import back, the last rows first; rows changed since stay and are told.

    One that left rows can be taken back again, when what kept them is out of the way.
    """
    job = await get_job(session, importable, id)
    if job.state is JobState.UNDONE and job.counts.get(LEFT):
        await again(session, job)
    elif job.state not in (JobState.DONE, JobState.CANCELLED, JobState.FAILED) or job.dry_run:
        raise Conflict("Only an import that has ended and was no dry run can be undone", state=job.state.name)
    job.state, job.finished_at, job.attempts = JobState.UNDOING, None, 0
    job.principal = written(access.current())
    return job


async def get_job(session: AsyncSession, importable: Importable, id: UUID) -> ImportJob:
    """Return the import, locked; raise NotFound when the caller may not see it."""
    query = visible(importable, access.current()).where(ImportJob.id == id).with_for_update()
    found: ImportJob | None = await session.scalar(query)
    if found is None:
        raise NotFound(f"There is no import {id} of {importable.noun}", id=str(id))
    return found


def visible(importable: Importable, principal: Principal) -> Select[ImportJob]:
    """Return the imports of an object that a caller sees: the own ones; with `import_job:read`, all."""
    query = select(ImportJob).where(ImportJob.object == importable.noun)
    return query if principal.may("import_job", "read") else query.where(ImportJob.created_by == principal.id)
