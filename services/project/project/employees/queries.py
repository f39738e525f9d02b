"""Reads of employees."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Conflict, NotFound
from project.employees.models import KnownEmployee


async def require_active(session: AsyncSession, id: UUID, *path: str) -> None:
    """Raise NotFound for somebody unknown and Conflict for somebody who left."""
    known = await session.get(KnownEmployee, id)
    if known is None:
        raise NotFound(f"There is no employee {id}", path=path, id=str(id))
    if not known.active:
        raise Conflict(f"Employee {id} does not work here any more; name somebody else", path=path)
