"""Reads of known employees."""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from automation.employees.models import KnownEmployee


async def is_active(session: AsyncSession, id: UUID) -> bool | None:
    """Tell whether this employee works here; None for somebody we have not heard of."""
    return await session.scalar(select(KnownEmployee.active).where(KnownEmployee.id == id))


async def is_held(session: AsyncSession, role: str) -> bool:
    """Tell whether somebody who works here has this role."""
    held = exists().where(KnownEmployee.active, KnownEmployee.roles.contains([role]))
    return bool(await session.scalar(select(held)))
