"""Tying uploaded files to the record and the field that show them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.database import uuid7
from chassis.errors import Invalid
from chassis.fields.definition import Definition
from chassis.fields.models import StoredFile


async def attach(
    session: AsyncSession, record: Any, files: Mapping[UUID, Definition], path: tuple[str | int, ...]
) -> None:
    """Tie files to a record; raise Invalid for one that is not the caller's own, or not of a kind taken."""
    if not files:
        return
    if record.id is None:
        record.id = uuid7()
    query = select(StoredFile).where(StoredFile.id.in_(list(files))).with_for_update()
    found = {file.id: file for file in await session.scalars(query)}
    for id, field in files.items():
        file = found.get(id)
        if file is None or not _may_attach(file, record.id, field):
            raise Invalid(
                f"There is no file {id} of yours; send it to /files first", path=path, field=field.key
            )
        kinds = field.settings.get("media_types") or ([""] if field.type == "attachment" else ["image/"])
        if not any(file.media_type.startswith(kind) for kind in kinds):
            raise Invalid(
                f"{file.name} is {file.media_type}, not {', '.join(kinds)}", path=path, field=field.key
            )
        file.record_id, file.field_id = record.id, field.id


def _may_attach(file: StoredFile, record_id: UUID, field: Definition) -> bool:
    if file.record_id is None:
        return file.uploaded_by is not None and file.uploaded_by == access.actor_id()
    return file.record_id == record_id and file.field_id == field.id
