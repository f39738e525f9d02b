"""What can happen to a task."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid
from chassis.fields import values as fields
from chassis.fields.values import Given
from project.employees.queries import require_active
from project.projects.models import Project, ProjectStatus
from project.tasks.models import Task, TaskStatus


async def add_task(
    session: AsyncSession,
    *,
    project_id: UUID,
    name: str,
    due_on: date | None = None,
    assignee_id: UUID | None = None,
    custom: Sequence[Given] | None = None,
) -> Task:
    """Add work to a project; raises Conflict when the customer accepted it already."""
    project = await fetch(session, Project, project_id)
    if project.status is ProjectStatus.ACCEPTED:
        raise Conflict(f"{project.name} is accepted; open work belongs to a running project")
    if not name.strip():
        raise Invalid("A task needs a name", path=("input", "name"))
    if assignee_id is not None:
        await require_active(session, assignee_id, "input", "assigneeId")
    task = Task(project_id=project_id, name=name.strip(), due_on=due_on, assignee_id=assignee_id)
    await fields.write(session, task, custom)
    session.add(task)
    await session.flush()
    return task


async def remove_task(session: AsyncSession, task: Task) -> None:
    """Take work back that was added by mistake; raises Conflict when it is done."""
    if task.status is TaskStatus.DONE:
        raise Conflict(f"The task {task.name} is done already")
    await session.delete(task)


async def complete_task(
    session: AsyncSession, id: UUID, *, at: datetime | None = None, expected_version: int | None = None
) -> Task:
    """Note that the work is done; the first of a project's tasks sets it going."""
    if at is not None and at > now():
        raise Invalid(f"{at.isoformat()} is still to come", path=("input", "at"))
    task = await fetch(session, Task, id, expected_version=expected_version)
    if task.status is TaskStatus.DONE:
        raise Conflict(f"The task {task.name} is done already")
    task.status = TaskStatus.DONE
    task.done_at = at or now()
    (await fetch(session, Project, task.project_id)).begin()
    await session.flush()
    return task
