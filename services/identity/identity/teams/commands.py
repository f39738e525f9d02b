"""What can happen to a team."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import recording
from chassis.cleaning.sorting import sort_key
from chassis.database import fetch, now, uuid7
from chassis.errors import Conflict, Invalid
from chassis.messaging.outbox import emit
from identity.calendars.models import Calendar
from identity.employees.models import Employee
from identity.names import clean
from identity.teams import queries
from identity.teams.models import Team
from roundel.identity.v1 import identity_events_pb2 as events

DEEPEST = 20


async def create_team(
    session: AsyncSession,
    *,
    name: str,
    parent_id: UUID | None = None,
    manager_id: UUID | None = None,
    at: datetime | None = None,
) -> Team:
    """Add a team below another one, or at the top.

    Raises NotFound for an unknown parent or manager, Invalid for a manager who left or too deep a tree,
    and Conflict when the parent has a team of this name.
    """
    await queries.one_at_a_time(session)
    parent = await fetch(session, Team, parent_id) if parent_id else None
    await _check_manager(session, manager_id)
    name, id = clean(name, "a team"), uuid7()
    team = Team(
        id=id,
        name=name,
        name_sort=sort_key(name),
        parent_id=parent_id,
        path=_path(id, parent),
        manager_id=manager_id,
    )
    _check_depth(len(team.place()))
    if at:
        team.created_at = at
    session.add(team)
    await _keep_unique(session, team)
    created = events.TeamCreated(
        team_id=str(team.id), version=team.version, name=team.name, parent_id=str(team.parent_id or "")
    )
    created.occurred_at.FromDatetime(team.created_at)
    emit(session, created, subject=team.id)
    tell_place(session, team)
    return team


async def rename_team(
    session: AsyncSession, id: UUID, *, name: str, expected_version: int | None = None
) -> Team:
    """Give a team another name; raise Conflict when its parent has a team of this name."""
    team = await fetch(session, Team, id, expected_version=expected_version)
    team.name = clean(name, "a team")
    team.name_sort = sort_key(team.name)
    await _keep_unique(session, team)
    renamed = events.TeamRenamed(team_id=str(team.id), version=team.version, name=team.name)
    renamed.occurred_at.FromDatetime(now())
    emit(session, renamed, subject=team.id)
    tell_place(session, team)
    return team


async def move_team(
    session: AsyncSession, id: UUID, *, parent_id: UUID | None, expected_version: int | None = None
) -> Team:
    """Put a team with all that is below it elsewhere in the tree.

    Raises Conflict for a place below itself, or where a team has its name, Invalid for too deep a tree.
    """
    await queries.one_at_a_time(session)
    team = await fetch(session, Team, id, expected_version=expected_version)
    parent = await fetch(session, Team, parent_id) if parent_id else None
    if parent and team.id in parent.place():
        raise Conflict(f"{parent.name} is {team.name} or below it", path=("input", "parentId"))
    following = await queries.below(session, team)
    former, team.parent_id, team.path = len(team.place()), parent_id, _path(team.id, parent)
    deepest = max((len(each.place()) for each in following), default=former)
    _check_depth(deepest - former + len(team.place()))
    await _keep_unique(session, team)
    if following:
        before = {each.id: each.path for each in following}
        rest = func.subpath(Team.path, former, type_=Team.path.type)
        moved = update(Team).where(Team.id.in_(before))
        new = {"path": func.text2ltree(team.path).op("||")(rest), "version": Team.version + 1}
        await session.execute(moved.values(new), execution_options={"synchronize_session": False})
        following = await queries.below(session, team)
        for each in following:
            path = {"path": (before[each.id], each.path)}
            recording.changed(session, "team", each.id, each.version, "updated", path)
    for placed in (team, *following):
        tell_place(session, placed)
    return team


async def appoint_manager(
    session: AsyncSession, id: UUID, *, manager_id: UUID | None, expected_version: int | None = None
) -> Team:
    """Let somebody lead a team, or nobody; raise Invalid for somebody who left."""
    await _check_manager(session, manager_id)
    team = await fetch(session, Team, id, expected_version=expected_version)
    team.manager_id = manager_id
    await session.flush()
    tell_place(session, team)
    return team


async def set_calendar(
    session: AsyncSession, id: UUID, *, calendar_id: UUID | None, expected_version: int | None = None
) -> Team:
    """Let a team, and those below without one of their own, work by this calendar, or by that above."""
    if calendar_id:
        await fetch(session, Calendar, calendar_id)
    team = await fetch(session, Team, id, expected_version=expected_version)
    team.calendar_id = calendar_id
    await session.flush()
    return team


def tell_place(session: AsyncSession, team: Team) -> None:
    """Tell where a team stands and who leads it."""
    placed = events.TeamPlaced(
        team_id=str(team.id),
        version=team.version,
        path=[str(id) for id in team.place()],
        manager_id=str(team.manager_id or ""),
    )
    placed.occurred_at.FromDatetime(now())
    emit(session, placed, subject=team.id)


def _path(id: UUID, parent: Team | None) -> str:
    return f"{parent.path}.{id.hex}" if parent else id.hex


def _check_depth(levels: int) -> None:
    if levels > DEEPEST:
        raise Invalid(f"Teams stand at most {DEEPEST} levels deep", path=("input", "parentId"))


async def _check_manager(session: AsyncSession, id: UUID | None) -> None:
    if id and not (await fetch(session, Employee, id)).active:
        raise Invalid("This manager no longer works here", path=("input", "managerId"))


async def _keep_unique(session: AsyncSession, team: Team) -> None:
    name = team.name
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict(f"There is a team {name} at this place already", path=("input", "name")) from error
