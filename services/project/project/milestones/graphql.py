"""Milestones in the graph."""

from datetime import date
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.graphql.inputs import ChangeInput
from chassis.graphql.policy import Granted
from project.context import Info
from project.milestones import commands
from project.milestones.models import MilestoneStatus
from project.milestones.queries import MILESTONES
from project.trail import TRAIL

strawberry.enum(MilestoneStatus, description="Whether the customer accepted it.")


@strawberry.federation.type(keys=["id"], description="A step of a delivery that the customer accepts.")
class Milestone:
    id: UUID = strawberry.field(description="Id of the milestone.")
    version: int = strawberry.field(description="Rises with every change.")
    project_id: UUID = strawberry.field(description="The project.")
    position: int = strawberry.field(description="Place in the order of acceptance, from 1.")
    name: str = strawberry.field(description="What is reached.")
    due_on: date = strawberry.field(description="Day by which it is to be reached.")
    status: MilestoneStatus = strawberry.field(description="Whether the customer accepted it.")
    accepted_on: date | None = strawberry.field(description="Day of acceptance.")
    history = TRAIL.history(MILESTONES)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            version=row.version,
            project_id=row.project_id,
            position=row.position,
            name=row.name,
            due_on=row.due_on,
            status=row.status,
            accepted_on=row.accepted_on,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the milestone that another subgraph points to."""
        row = await info.context.load(MILESTONES, UUID(id))
        return cls.of(row) if row else None


@strawberry.input(description="A step that the customer accepted.")
class AcceptMilestoneInput(ChangeInput):
    id: UUID = strawberry.field(description="Which milestone; the earlier ones must be accepted.")
    accepted_on: date | None = strawberry.field(default=None, description="Day of acceptance, if not today.")


@strawberry.type(description="The milestone as it is now.")
class MilestonePayload:
    milestone: Milestone = strawberry.field(description="The milestone.")


@strawberry.type
class MilestoneMutations:
    @strawberry.mutation(
        extensions=[Granted("milestone", "accept")], description="Note that the customer accepted a step."
    )
    async def accept_milestone(self, info: Info, input: AcceptMilestoneInput) -> MilestonePayload:
        row = await info.context.change(
            input,
            lambda session: commands.accept_milestone(
                session, input.id, accepted_on=input.accepted_on, expected_version=input.expected_version
            ),
        )
        return MilestonePayload(milestone=Milestone.of(row))
