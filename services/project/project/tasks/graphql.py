"""Tasks in the graph."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.fields.graphql import Customised, CustomValueInput, entered
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.policy import Granted
from project import references
from project.context import Info
from project.references import Employee
from project.tasks import commands
from project.tasks.models import TaskStatus
from project.tasks.queries import TASKS
from project.trail import TRAIL

strawberry.enum(TaskStatus, description="Whether it is done.")


@strawberry.federation.type(keys=["id"], description="A piece of work in a project.")
class Task(Customised):
    fields_of = "task"
    id: UUID = strawberry.field(description="Id of the task.")
    version: int = strawberry.field(description="Rises with every change.")
    project_id: UUID = strawberry.field(description="The project.")
    name: str = strawberry.field(description="What is to be done.")
    contract_id: strawberry.Private[UUID | None]
    requirements = references.contract("Contract in which the requirements are written.")
    assignee: Employee | None = strawberry.field(description="Whose it is; the project manager's if empty.")
    due_on: date | None = strawberry.field(description="Day by which it is to be done.")
    status: TaskStatus = strawberry.field(description="Whether it is done.")
    done_at: datetime | None = strawberry.field(description="When it was done.")
    history = TRAIL.history(TASKS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            project_id=row.project_id,
            name=row.name,
            contract_id=row.contract_id,
            assignee=Employee.of(row.assignee_id),
            due_on=row.due_on,
            status=row.status,
            done_at=row.done_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the task that another subgraph points to."""
        row = await info.context.load(TASKS, UUID(id))
        return cls.of(row) if row else None


@strawberry.input(description="Work to add to a project.")
class AddTaskInput(Input):
    project_id: UUID = strawberry.field(description="The project.")
    name: str = strawberry.field(description="What is to be done.")
    due_on: date | None = strawberry.field(default=None, description="Day by which it is to be done.")
    assignee_id: UUID | None = strawberry.field(
        default=None, description="Whose it is; the project manager's if empty."
    )
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="Work that is done.")
class CompleteTaskInput(ChangeInput):
    id: UUID = strawberry.field(description="Which task.")
    at: datetime | None = strawberry.field(default=None, description="When it was done, if not now.")


@strawberry.type(description="The task as it is now.")
class TaskPayload:
    task: Task = strawberry.field(description="The task.")


@strawberry.type
class TaskMutations:
    @strawberry.mutation(extensions=[Granted("project", "update")], description="Add work to a project.")
    async def add_task(self, info: Info, input: AddTaskInput) -> TaskPayload:
        row = await info.context.change(
            input,
            lambda session: commands.add_task(
                session,
                project_id=input.project_id,
                name=input.name,
                due_on=input.due_on,
                assignee_id=input.assignee_id,
                custom=input.custom,
            ),
        )
        return TaskPayload(task=Task.of(row))

    @strawberry.mutation(extensions=[Granted("project", "update")], description="Note that work is done.")
    async def complete_task(self, info: Info, input: CompleteTaskInput) -> TaskPayload:
        row = await info.context.change(
            input,
            lambda session: commands.complete_task(
                session, input.id, at=input.at, expected_version=input.expected_version
            ),
        )
        return TaskPayload(task=Task.of(row))
