"""What can happen to a team."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.cleaning.companies import sort_key
from chassis.database import fetch, uuid7
from chassis.errors import Conflict, Invalid
from chassis.messaging.outbox import emit
from identity.employees.models import Employee
from identity.names import clean
from identity.teams.models import Team
from roundel.identity.v1 import identity_events_pb2 as events


async def create_team(
    session: AsyncSession,
    *,
    name: str,
    parent_id: UUID | None = None,
    manager_id: UUID | None = None,
    at: datetime | None = None,
) -> Team:
    """Add a team below another one, or at the top.

    Raises NotFound for an unknown parent or manager, Invalid for a manager who left, and Conflict when
    the parent has a team of this name.
    """
    parent = await fetch(session, Team, parent_id) if parent_id else None
    if manager_id and not (await fetch(session, Employee, manager_id)).active:
        raise Invalid("This manager no longer works here", path=("input", "managerId"))
    name, id = clean(name, "a team"), uuid7()
    path = f"{parent.path}.{id.hex}" if parent else id.hex
    team = Team(
        id=id, name=name, name_sort=sort_key(name), parent_id=parent_id, path=path, manager_id=manager_id
    )
    if at:
        team.created_at = at
    try:
        async with session.begin_nested():
            session.add(team)
    except IntegrityError as error:
        raise Conflict(f"There is a team {name} at this place already", path=("input", "name")) from error
    created = events.TeamCreated(
        team_id=str(team.id), version=team.version, name=team.name, parent_id=str(team.parent_id or "")
    )
    created.occurred_at.FromDatetime(team.created_at)
    emit(session, created, subject=team.id)
    return team
