"""Keeping up with identity."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from project.employees.models import KnownEmployee


async def remember_employee(session: AsyncSession, id: UUID, *, active: bool, version: int) -> None:
    """Note whether somebody works here, unless something newer is known."""
    row = insert(KnownEmployee).values(id=id, active=active, version=version)
    newer = row.on_conflict_do_update(
        index_elements=[KnownEmployee.id],
        set_={"active": row.excluded.active, "version": row.excluded.version},
        where=KnownEmployee.version < row.excluded.version,
    )
    await session.execute(newer)
