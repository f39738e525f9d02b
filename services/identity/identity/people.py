"""Employees and teams as the graph shows them; each names the other, so both are here."""

import asyncio
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.fields.graphql import Customised
from chassis.graphql.connections import Connection
from chassis.listing import Page
from chassis.searching.asking import Search
from identity.absences.models import Absence as AbsenceRow
from identity.absences.queries import ABSENCES, NOT_OVER
from identity.calendars.graphql import WorkingCalendar
from identity.calendars.queries import CALENDARS
from identity.context import Info
from identity.employees.models import Employee as EmployeeRow
from identity.employees.queries import EMPLOYEES
from identity.teams.models import Team as TeamRow
from identity.teams.queries import TEAMS
from identity.trail import TRAIL


@strawberry.type(description="A time in which somebody is away and nothing is to be assigned to them.")
class Absence:
    id: UUID = strawberry.field(description="Id of the absence.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    starts_at: datetime = strawberry.field(description="From when on.")
    ends_at: datetime = strawberry.field(description="Until when.")
    note: str = strawberry.field(description="Why, as far as told.")
    history = TRAIL.history(ABSENCES)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id, version=row.version, starts_at=row.starts_at, ends_at=row.ends_at, note=row.note
        )


@strawberry.federation.type(keys=["id"], description="Somebody who works here.")
class Employee(Customised):
    fields_of = "employee"
    id: UUID = strawberry.field(description="Id of the employee in every service.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    name: str = strawberry.field(description="Full name.")
    email: str = strawberry.field(description="E-mail address, with which one signs in.")
    roles: list[str] = strawberry.field(description="Names of the roles; see `roles`.")
    active: bool = strawberry.field(description="Works here and may sign in.")
    external_id: str | None = strawberry.field(description="Id in the system the employee was imported from.")
    created_at: datetime = strawberry.field(description="When the employee was registered.")
    team_id: strawberry.Private[UUID | None]
    calendar_id: strawberry.Private[UUID | None]
    history = TRAIL.history(EMPLOYEES)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            name=row.name,
            email=row.email,
            roles=row.roles,
            active=row.active,
            external_id=row.external_id,
            created_at=row.created_at,
            team_id=row.team_id,
            calendar_id=row.calendar_id,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the employee that another subgraph points to."""
        row = await info.context.load(EMPLOYEES, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="The team the employee works in.")
    async def team(self, info: Info) -> "Team | None":
        row = await info.context.load(TEAMS, self.team_id)
        return Team.of(row) if row else None

    @strawberry.field(description="Who leads the employee: the first of `managers`.")
    async def manager(self, info: Info) -> "Employee | None":
        leading = await _leading(info, self)
        row = await info.context.load(EMPLOYEES, leading[0]) if leading else None
        return Employee.of(row) if row else None

    @strawberry.field(description="Who leads the employee's team and those above, from the nearest up.")
    async def managers(self, info: Info) -> "list[Employee]":
        leading = await _leading(info, self)
        rows = await asyncio.gather(*(info.context.load(EMPLOYEES, id) for id in leading))
        return [Employee.of(row) for row in rows if row]

    @strawberry.field(description="Away at this moment, so that nothing is to be assigned.")
    async def absent_now(self, info: Info) -> bool:
        at = info.context.now()
        coming = await info.context.rows(NOT_OVER, self.id, by="employee_id", listing=ABSENCES)
        return any(row.starts_at <= at < row.ends_at for row in coming)

    @strawberry.field(description="When the employee was, is or will be away, the latest first.")
    async def absences(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Absence]:
        page = Page(first=first, after=after)
        return await info.context.children(ABSENCES, AbsenceRow.employee_id, self.id, page, Absence.of)

    @strawberry.field(description="When the employee works: by an own calendar, the team's or the default.")
    async def calendar(self, info: Info) -> WorkingCalendar | None:
        return await _calendar(info, self.calendar_id, await _upwards(info, self.team_id))


@strawberry.federation.type(keys=["id"], description="A group of employees; teams form a tree.")
class Team:
    id: UUID = strawberry.field(description="Id of the team in every service.")
    version: int = strawberry.field(description="Rises with every change.")
    name: str = strawberry.field(description="Name, unique below its parent.")
    created_at: datetime = strawberry.field(description="When the team was created.")
    path: strawberry.Private[str]
    parent_id: strawberry.Private[UUID | None]
    manager_id: strawberry.Private[UUID | None]
    calendar_id: strawberry.Private[UUID | None]
    history = TRAIL.history(TEAMS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            version=row.version,
            name=row.name,
            created_at=row.created_at,
            path=row.path,
            parent_id=row.parent_id,
            manager_id=row.manager_id,
            calendar_id=row.calendar_id,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the team that another subgraph points to."""
        row = await info.context.load(TEAMS, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="The team above.")
    async def parent(self, info: Info) -> "Team | None":
        row = await info.context.load(TEAMS, self.parent_id)
        return Team.of(row) if row else None

    @strawberry.field(description="The teams above, from the top down.")
    async def ancestors(self, info: Info) -> "list[Team]":
        above = [UUID(hex) for hex in self.path.split(".")[:-1]]
        rows = await asyncio.gather(*(info.context.load(TEAMS, id) for id in above))
        return [Team.of(row) for row in rows if row]

    @strawberry.field(description="Who leads the team.")
    async def manager(self, info: Info) -> Employee | None:
        row = await info.context.load(EMPLOYEES, self.manager_id)
        return Employee.of(row) if row else None

    @strawberry.field(
        description="When the team works: by an own calendar, that of a team above or the default."
    )
    async def calendar(self, info: Info) -> WorkingCalendar | None:
        return await _calendar(info, None, await _upwards(info, self.id))

    @strawberry.field(description="The teams directly below, by name.")
    async def subteams(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> "Connection[Team]":
        page = Page(first=first, after=after)
        return await info.context.children(TEAMS, TeamRow.parent_id, self.id, page, Team.of)

    @strawberry.field(description="Who works directly in the team, newest first.")
    async def members(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Employee]:
        page = Page(first=first, after=after, search=search)
        return await info.context.children(EMPLOYEES, EmployeeRow.team_id, self.id, page, Employee.of)


async def _upwards(info: Info, team_id: UUID | None) -> list[Any]:
    """Return the rows of a team and those above it, from the nearest up."""
    team = await info.context.load(TEAMS, team_id)
    if team is None:
        return []
    above = [UUID(label) for label in reversed(team.path.split(".")[:-1])]
    rows = await asyncio.gather(*(info.context.load(TEAMS, id) for id in above))
    return [team, *(row for row in rows if row)]


async def _leading(info: Info, employee: Employee) -> list[UUID]:
    leading = [row.manager_id for row in await _upwards(info, employee.team_id)]
    return list(dict.fromkeys(id for id in leading if id and id != employee.id))


async def _calendar(info: Info, own: UUID | None, teams: list[Any]) -> WorkingCalendar | None:
    chosen = (id for id in (own, *(row.calendar_id for row in teams)) if id)
    row = await info.context.load(CALENDARS, next(chosen, None)) or await info.context.default_calendar()
    return WorkingCalendar.of(row) if row else None
