"""Imports in the graph: per object the same fields, named after it."""

from typing import Annotated, Any
from uuid import UUID

import strawberry
from sqlalchemy import select

from chassis.edges.roots import Roots
from chassis.errors import LimitExceeded
from chassis.graphql.context import BaseContext
from chassis.graphql.policy import Granted
from chassis.importing import jobs, mapping
from chassis.importing.custom import present
from chassis.importing.files import get_file
from chassis.importing.importable import Importable
from chassis.importing.models import ImportFile, ImportJob
from chassis.importing.shapes import (
    FileImport,
    FileImportInput,
    FileImportPayload,
    ImportPlan,
    StartImportInput,
    plan_of,
    shown,
)

MOST_JOBS = 100
Info = strawberry.Info[BaseContext, None]
FileId = Annotated[UUID, strawberry.argument(description="The file.")]
JobId = Annotated[UUID, strawberry.argument(description="Which import.")]
Count = Annotated[int, strawberry.argument(description="How many at most, up to 100.")]


def imports(service: str, importable: Importable) -> Roots:
    """Return the fields by which files of one object are imported; `service` is its name at the gateway."""
    name, small = importable.name, f"{importable.name[0].lower()}{importable.name[1:]}"
    granted = Granted(importable.noun, "import")

    async def plan(info: Info, file_id: FileId) -> ImportPlan:
        async with info.context.database.transaction() as session:
            file = await get_file(session, file_id)
            all = await present(session, importable)
            kept = await mapping.remembered(session, all, file.headers)
        return plan_of(all, file, kept)

    async def one(info: Info, id: JobId) -> FileImport | None:
        found = await _read(info, service, importable, id)
        return found[0] if found else None

    async def many(info: Info, first: Count = 20) -> list[FileImport]:
        return await _read(info, service, importable, None, limit=first)

    async def start(info: Info, input: StartImportInput) -> FileImportPayload:
        async def work(session: Any) -> str:
            file = await get_file(session, input.file_id)
            columns = [each.column() for each in input.columns or ()]
            if input.columns is None:
                all = await present(session, importable)
                columns = await mapping.remembered(session, all, file.headers)
                columns = columns or mapping.suggest(all, file.headers)
            job = await jobs.start(
                session,
                importable,
                file_id=input.file_id,
                columns=columns,
                duplicates=str(input.duplicates.value),
                dry_run=input.dry_run,
            )
            return str(job.id)

        return await payload_of(info, service, importable, await info.context.change(input, work))

    async def cancel(info: Info, input: FileImportInput) -> FileImportPayload:
        return await changed(info, input, jobs.cancel)

    async def undo(info: Info, input: FileImportInput) -> FileImportPayload:
        return await changed(info, input, jobs.undo)

    async def changed(info: Info, input: FileImportInput, change: Any) -> FileImportPayload:
        async def work(session: Any) -> str:
            return str((await change(session, importable, input.id)).id)

        return await payload_of(info, service, importable, await info.context.change(input, work))

    def query(resolver: Any, description: str) -> Any:
        return strawberry.field(resolver=resolver, description=description, extensions=[granted])

    def mutation(resolver: Any, description: str) -> Any:
        return strawberry.mutation(resolver=resolver, description=description, extensions=[granted])

    return Roots(
        _root(
            f"{name}ImportQueries",
            **{
                f"{small}_import_plan": query(plan, f"How a file of {importable.plural} can be imported."),
                f"{small}_import": query(one, f"One import of {importable.plural}."),
                f"{small}_imports": query(many, f"Imports of {importable.plural}, newest first."),
            },
        ),
        _root(
            f"{name}ImportMutations",
            **{
                f"start_{small}_import": mutation(start, f"Import a file of {importable.plural}."),
                f"cancel_{small}_import": mutation(cancel, f"Stop an import of {importable.plural}."),
                f"undo_{small}_import": mutation(
                    undo, f"Take an import of {importable.plural} back as far as nobody touched the records."
                ),
            },
        ),
    )


def _root(name: str, **fields: Any) -> type:
    return strawberry.type(type(name, (), fields))


async def _read(
    info: Info, service: str, importable: Importable, id: UUID | None, limit: int = 1
) -> list[FileImport]:
    if not 0 <= limit <= MOST_JOBS:
        raise LimitExceeded(f"first is at most {MOST_JOBS}", path=("first",))
    query = jobs.visible(importable, info.context.principal).order_by(ImportJob.created_at.desc())
    if id is not None:
        query = query.where(ImportJob.id == id)
    async with info.context.database.transaction() as session:
        found = (await session.scalars(query.limit(limit))).all()
        ids = {job.file_id for job in found}
        files = {
            file.id: file for file in await session.scalars(select(ImportFile).where(ImportFile.id.in_(ids)))
        }
    return [shown(service, job, files[job.file_id]) for job in found]


async def payload_of(info: Info, service: str, importable: Importable, id: str) -> FileImportPayload:
    """Return the answer of a mutation that began or changed an import."""
    [found] = await _read(info, service, importable, UUID(id))
    return FileImportPayload(file_import=found)
