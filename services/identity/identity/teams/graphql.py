"""Teams in the graph."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import IdFilter, TextFilter, Where, condition
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from chassis.listing import Page
from identity.context import Info
from identity.people import Team
from identity.teams import commands
from identity.teams.queries import TEAMS


@strawberry.input(description="Which teams; everything given must hold.")
class TeamFilter:
    id: IdFilter | None = None
    name: TextFilter | None = None
    parent_id: IdFilter | None = None
    manager_id: IdFilter | None = None


@strawberry.enum(description="What teams can be sorted by.")
class TeamSort(Enum):
    NAME = "name_sort"
    CREATED_AT = "created_at"


@strawberry.input(description="Order of a list of teams.")
class TeamOrder:
    by: TeamSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class TeamQueries:
    @strawberry.field(extensions=[Granted("team", "read")], description="One team.")
    async def team(self, info: Info, id: UUID) -> Team | None:
        row = await info.context.load(TEAMS, id)
        return Team.of(row) if row else None

    @strawberry.field(extensions=[Granted("team", "read")], description="Teams by name.")
    async def teams(
        self,
        info: Info,
        filter: TeamFilter | None = None,
        where: Where = None,
        sort: TeamOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Team]:
        order = ((sort.by.value, sort.direction.value),) if sort else ()
        page = Page(first, after, last, before, condition(filter, where, TEAMS), order)
        return await info.context.page(TEAMS, page, Team.of)


@strawberry.input(description="A new team.")
class CreateTeamInput(Input):
    name: str = strawberry.field(description="Name, unique below its parent.")
    parent_id: UUID | None = strawberry.field(default=None, description="The team above; none: at the top.")
    manager_id: UUID | None = strawberry.field(default=None, description="Who leads it.")
    at: datetime | None = strawberry.field(default=None, description="Since when, if not now.")


@strawberry.type(description="The team as it is now.")
class TeamPayload:
    team: Team = strawberry.field(description="The team.")


@strawberry.type
class TeamMutations:
    @strawberry.mutation(extensions=[Granted("team", "create")], description="Add a team.")
    async def create_team(self, info: Info, input: CreateTeamInput) -> TeamPayload:
        row = await info.context.change(
            input,
            lambda session: commands.create_team(
                session,
                name=input.name,
                parent_id=input.parent_id,
                manager_id=input.manager_id,
                at=input.at,
            ),
        )
        return TeamPayload(team=Team.of(row))
