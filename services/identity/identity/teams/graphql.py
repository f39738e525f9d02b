"""Teams in the graph."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import IdFilter, TextFilter, Where, condition
from chassis.graphql.inputs import ChangeInput, Input
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


@strawberry.input(description="A new name.")
class RenameTeamInput(ChangeInput):
    id: UUID = strawberry.field(description="Which team.")
    name: str = strawberry.field(description="Name, unique below its parent.")


@strawberry.input(description="Another place in the tree.")
class MoveTeamInput(ChangeInput):
    id: UUID = strawberry.field(description="Which team; all below it goes along.")
    parent_id: UUID | None = strawberry.field(default=None, description="The team above; none: at the top.")


@strawberry.input(description="Who leads a team.")
class AppointManagerInput(ChangeInput):
    id: UUID = strawberry.field(description="Which team.")
    manager_id: UUID | None = strawberry.field(default=None, description="Who leads it; none: nobody.")


@strawberry.input(description="When a team works.")
class SetTeamCalendarInput(ChangeInput):
    id: UUID = strawberry.field(description="Which team.")
    calendar_id: UUID | None = strawberry.field(
        default=None, description="The working calendar; none: that of the team above, or the default."
    )


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

    @strawberry.mutation(extensions=[Granted("team", "update")], description="Give a team another name.")
    async def rename_team(self, info: Info, input: RenameTeamInput) -> TeamPayload:
        row = await info.context.change(
            input,
            lambda session: commands.rename_team(
                session, input.id, name=input.name, expected_version=input.expected_version
            ),
        )
        return TeamPayload(team=Team.of(row))

    @strawberry.mutation(
        extensions=[Granted("team", "update")],
        description="Put a team and all below it elsewhere in the tree; who may see what follows at once.",
    )
    async def move_team(self, info: Info, input: MoveTeamInput) -> TeamPayload:
        row = await info.context.change(
            input,
            lambda session: commands.move_team(
                session, input.id, parent_id=input.parent_id, expected_version=input.expected_version
            ),
        )
        return TeamPayload(team=Team.of(row))

    @strawberry.mutation(extensions=[Granted("team", "update")], description="Say who leads a team.")
    async def appoint_manager(self, info: Info, input: AppointManagerInput) -> TeamPayload:
        row = await info.context.change(
            input,
            lambda session: commands.appoint_manager(
                session, input.id, manager_id=input.manager_id, expected_version=input.expected_version
            ),
        )
        return TeamPayload(team=Team.of(row))

    @strawberry.mutation(
        extensions=[Granted("team", "update")], description="Say by which calendar a team works."
    )
    async def set_team_calendar(self, info: Info, input: SetTeamCalendarInput) -> TeamPayload:
        row = await info.context.change(
            input,
            lambda session: commands.set_calendar(
                session, input.id, calendar_id=input.calendar_id, expected_version=input.expected_version
            ),
        )
        return TeamPayload(team=Team.of(row))
