"""Keeping up with identity."""

from uuid import UUID

from sqlalchemy import and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from automation.employees.models import KnownEmployee
from chassis.messaging.subscriber import NotYet


async def remember(session: AsyncSession, id: UUID, *, name: str, roles: list[str], version: int) -> None:
    """Know a new employee; what is known already stays."""
    row = insert(KnownEmployee).values(id=id, name=name, roles=roles, roles_version=version, active=True)
    await session.execute(row.on_conflict_do_nothing())


async def note_roles(session: AsyncSession, id: UUID, *, roles: list[str], version: int) -> None:
    """Know the roles of this version, unless newer ones are known; raise NotYet for a stranger."""
    await _known(session, id)
    older = and_(KnownEmployee.id == id, KnownEmployee.roles_version < version)
    await session.execute(update(KnownEmployee).where(older).values(roles=roles, roles_version=version))


async def note_activity(session: AsyncSession, id: UUID, *, active: bool, version: int) -> None:
    """Know whether somebody works here, unless something newer is known; raise NotYet for a stranger."""
    await _known(session, id)
    older = and_(KnownEmployee.id == id, KnownEmployee.active_version < version)
    await session.execute(update(KnownEmployee).where(older).values(active=active, active_version=version))


async def _known(session: AsyncSession, id: UUID) -> None:
    if not await session.scalar(select(func.count()).where(KnownEmployee.id == id)):
        raise NotYet(f"The employee {id} was not registered yet")
