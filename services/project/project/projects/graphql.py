"""Projects in the graph."""

from datetime import date, datetime
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.fields.graphql import Customised
from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import (
    ChoiceFilter,
    DateFilter,
    DateTimeFilter,
    IdFilter,
    SortBy,
    TextFilter,
    Where,
    condition,
    ordered,
)
from chassis.graphql.inputs import ChangeInput
from chassis.graphql.live import changed
from chassis.graphql.policy import Granted
from chassis.listing import Page
from chassis.searching.asking import Search
from project import references
from project.context import Info
from project.milestones.graphql import Milestone
from project.milestones.queries import MILESTONES, OF_PROJECTS
from project.projects import commands
from project.projects.models import ProjectStatus
from project.projects.queries import PROJECTS
from project.references import Employee
from project.tasks.graphql import Task
from project.tasks.models import Task as TaskRow
from project.tasks.queries import TASKS
from project.trail import TRAIL
from roundel.project.v1 import project_events_pb2 as events

strawberry.enum(ProjectStatus, description="How far a delivery is.")


@strawberry.federation.type(keys=["id"], description="The delivery of one contract.")
class Project(Customised):
    fields_of = "project"
    id: UUID = strawberry.field(description="Id of the project.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    name: str = strawberry.field(description="Title of the contract it delivers.")
    contract_number: str = strawberry.field(description="Number of the contract.")
    contract_id: strawberry.Private[UUID]
    contract = references.contract("The contract it delivers.")
    customer_id: strawberry.Private[UUID]
    customer = references.customer("To whom we deliver.")
    status: ProjectStatus = strawberry.field(description="How far it is.")
    manager: Employee | None = strawberry.field(description="Who is in charge.")
    starts_on: date = strawberry.field(description="First day.")
    ends_on: date = strawberry.field(description="Day by which all is to be delivered.")
    accepted_on: date | None = strawberry.field(description="Day on which the customer accepted it.")
    created_at: datetime = strawberry.field(description="When it was opened.")
    history = TRAIL.history(PROJECTS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            name=row.name,
            contract_number=row.contract_number,
            contract_id=row.contract_id,
            customer_id=row.customer_id,
            status=row.status,
            manager=Employee.of(row.manager_id),
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            accepted_on=row.accepted_on,
            created_at=row.created_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the project that another subgraph points to."""
        row = await info.context.load(PROJECTS, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="Its steps, in the order of acceptance.")
    async def milestones(self, info: Info) -> list[Milestone]:
        rows = await info.context.rows(OF_PROJECTS, self.id, by="project_id", listing=MILESTONES)
        return [Milestone.of(row) for row in rows]

    @strawberry.field(description="Work in it, oldest first.")
    async def tasks(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Task]:
        page = Page(first=first, after=after, search=search)
        return await info.context.children(TASKS, TaskRow.project_id, self.id, page, Task.of)


@strawberry.input(description="Which projects; everything given must hold.")
class ProjectFilter:
    id: IdFilter | None = None
    customer_id: IdFilter | None = None
    contract_id: IdFilter | None = None
    contract_number: TextFilter | None = None
    manager_id: IdFilter | None = None
    name: TextFilter | None = None
    status: ChoiceFilter[ProjectStatus] | None = None
    starts_on: DateFilter | None = None
    ends_on: DateFilter | None = None
    created_at: DateTimeFilter | None = None
    and_: list["ProjectFilter"] | None = strawberry.field(default=None, name="and", description="All hold.")
    or_: list["ProjectFilter"] | None = strawberry.field(default=None, name="or", description="One holds.")
    not_: "ProjectFilter | None" = strawberry.field(default=None, name="not", description="Does not hold.")


@strawberry.enum(description="What projects can be sorted by.")
class ProjectSort(Enum):
    CREATED_AT = "created_at"
    STARTS_ON = "starts_on"
    ENDS_ON = "ends_on"


@strawberry.input(description="Order of a list of projects.")
class ProjectOrder:
    by: ProjectSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class ProjectQueries:
    @strawberry.field(extensions=[Granted("project", "read")], description="One project.")
    async def project(self, info: Info, id: UUID) -> Project | None:
        row = await info.context.load(PROJECTS, id)
        return Project.of(row) if row else None

    @strawberry.field(extensions=[Granted("project", "read")], description="Projects, newest first.")
    async def projects(
        self,
        info: Info,
        filter: ProjectFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: ProjectOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Project]:
        order = ordered(sort, sort_by)
        page = Page(first, after, last, before, condition(filter, where, PROJECTS), order, search)
        return await info.context.page(PROJECTS, page, Project.of)


@strawberry.input(description="Who is to be in charge.")
class AssignProjectManagerInput(ChangeInput):
    id: UUID = strawberry.field(description="Which project.")
    manager_id: UUID = strawberry.field(description="An employee who works here.")


@strawberry.input(description="When a project is to be delivered; what is not given stays.")
class RescheduleProjectInput(ChangeInput):
    id: UUID = strawberry.field(description="Which project; it may not be accepted yet.")
    starts_on: date | None = strawberry.field(default=None, description="First day.")
    ends_on: date | None = strawberry.field(default=None, description="Day by which all is to be delivered.")


@strawberry.input(description="A delivery that the customer accepted.")
class AcceptProjectInput(ChangeInput):
    id: UUID = strawberry.field(description="Which project; its milestones must be accepted.")
    accepted_on: date | None = strawberry.field(default=None, description="Day of acceptance, if not today.")


@strawberry.type(description="The project as it is now.")
class ProjectPayload:
    project: Project = strawberry.field(description="The project.")


@strawberry.type
class ProjectMutations:
    @strawberry.mutation(
        extensions=[Granted("project", "update")], description="Put somebody in charge of a project."
    )
    async def assign_project_manager(self, info: Info, input: AssignProjectManagerInput) -> ProjectPayload:
        row = await info.context.change(
            input,
            lambda session: commands.assign_manager(
                session, input.id, manager_id=input.manager_id, expected_version=input.expected_version
            ),
        )
        return ProjectPayload(project=Project.of(row))

    @strawberry.mutation(
        extensions=[Granted("project", "update")],
        description="Plan a project for other days; its open milestones move with it.",
    )
    async def reschedule_project(self, info: Info, input: RescheduleProjectInput) -> ProjectPayload:
        row = await info.context.change(
            input,
            lambda session: commands.reschedule_project(
                session,
                input.id,
                starts_on=input.starts_on,
                ends_on=input.ends_on,
                expected_version=input.expected_version,
            ),
        )
        return ProjectPayload(project=Project.of(row))

    @strawberry.mutation(
        extensions=[Granted("project", "accept")],
        description="Note that the customer accepted the whole delivery; finance applies for the invoice.",
    )
    async def accept_project(self, info: Info, input: AcceptProjectInput) -> ProjectPayload:
        row = await info.context.change(
            input,
            lambda session: commands.accept_project(
                session, input.id, accepted_on=input.accepted_on, expected_version=input.expected_version
            ),
        )
        return ProjectPayload(project=Project.of(row))


@strawberry.type
class ProjectSubscriptions:
    project_changed: Project = changed(
        Granted("project", "read"),
        events.ProjectOpened,
        events.ProjectManagerAssigned,
        events.ProjectRescheduled,
        events.MilestoneAccepted,
        events.ProjectAccepted,
        description="A project, whenever it or a milestone changes.",
        id="projectId",
    )
