"""Employees and teams as the graph shows them; each names the other, so both are here."""

import asyncio
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection
from chassis.listing import Page
from identity.context import Info
from identity.employees.models import Employee as EmployeeRow
from identity.employees.queries import EMPLOYEES
from identity.teams.models import Team as TeamRow
from identity.teams.queries import TEAMS


@strawberry.federation.type(keys=["id"], description="Somebody who works here.")
class Employee:
    id: UUID = strawberry.field(description="Id of the employee in every service.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    name: str = strawberry.field(description="Full name.")
    email: str = strawberry.field(description="E-mail address, with which one signs in.")
    roles: list[str] = strawberry.field(description="Names of the roles; see `roles`.")
    active: bool = strawberry.field(description="Works here and may sign in.")
    external_id: str | None = strawberry.field(description="Id in the system the employee was imported from.")
    created_at: datetime = strawberry.field(description="When the employee was registered.")
    team_id: strawberry.Private[UUID | None]

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            version=row.version,
            name=row.name,
            email=row.email,
            roles=row.roles,
            active=row.active,
            external_id=row.external_id,
            created_at=row.created_at,
            team_id=row.team_id,
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


@strawberry.federation.type(keys=["id"], description="A group of employees; teams form a tree.")
class Team:
    id: UUID = strawberry.field(description="Id of the team in every service.")
    version: int = strawberry.field(description="Rises with every change.")
    name: str = strawberry.field(description="Name, unique below its parent.")
    created_at: datetime = strawberry.field(description="When the team was created.")
    path: strawberry.Private[str]
    parent_id: strawberry.Private[UUID | None]
    manager_id: strawberry.Private[UUID | None]

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

    @strawberry.field(description="The teams directly below, by name.")
    async def subteams(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> "Connection[Team]":
        page = Page(first=first, after=after)
        return await info.context.children(TEAMS, TeamRow.parent_id, self.id, page, Team.of)

    @strawberry.field(description="Who works directly in the team, newest first.")
    async def members(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Employee]:
        page = Page(first=first, after=after)
        return await info.context.children(EMPLOYEES, EmployeeRow.team_id, self.id, page, Employee.of)
