"""Keeping up with identity."""

from uuid import UUID

from sqlalchemy import case, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from project.employees.models import KnownEmployee


async def remember_employee(
    session: AsyncSession, id: UUID, *, active: bool, version: int, name: str | None = None
) -> None:
    """Note whether somebody works here, unless something newer is known, and what they are called."""
    row = insert(KnownEmployee).values(id=id, name=name, active=active, version=version)
    newer = row.excluded.version > KnownEmployee.version
    told = row.on_conflict_do_update(
        index_elements=[KnownEmployee.id],
        set_={
            "name": func.coalesce(row.excluded.name, KnownEmployee.name),
            "active": case((newer, row.excluded.active), else_=KnownEmployee.active),
            "version": func.greatest(row.excluded.version, KnownEmployee.version),
        },
    )
    await session.execute(told)
