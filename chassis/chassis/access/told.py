"""Whether identity has told of the people and teams that somebody names."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.models import KnownPrincipal, KnownTeam
from chassis.errors import Unavailable


async def require_team(session: AsyncSession, id: UUID, *path: str) -> None:
    """Raise Unavailable, at its place in the input, for a team of which nobody told."""
    if await session.get(KnownTeam, id) is None:
        raise Unavailable(
            f"Team {id} is not known here; if it was made just now, try again", path=path, teamId=str(id)
        )


async def require_grantee(session: AsyncSession, id: UUID, *path: str) -> None:
    """Raise Unavailable, at its place in the input, for what is neither a known person nor a known team."""
    tables: list[Any] = [KnownPrincipal, KnownTeam]
    person, team = (select(table.id).where(table.id == id) for table in tables)
    if await session.scalar(person.union_all(team)) is None:
        raise Unavailable(
            f"Nobody and no team is known here as {id}; if they were registered just now, try again",
            path=path,
            granteeId=str(id),
        )
