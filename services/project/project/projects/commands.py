"""What can happen to a project."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.days import happened_on, instant
from chassis.errors import Conflict, Invalid
from chassis.fields import values as fields
from chassis.messaging.outbox import emit
from project.employees.queries import require_active
from project.milestones.models import Milestone
from project.milestones.queries import all_open, first_open
from project.projects import queries
from project.projects.models import Project, ProjectStatus
from project.projects.template import START_TASK, START_TASK_DAYS, STEPS
from project.tasks.models import Task
from roundel.project.v1 import project_events_pb2 as events


async def open_project(
    session: AsyncSession,
    *,
    contract_id: UUID,
    contract_number: str,
    customer_id: UUID,
    name: str,
    starts_on: date,
    ends_on: date,
    at: datetime,
) -> Project:
    """Return the project of a contract, opened now from the template if there is none; tells either way.

    Who asks again lost the answer.
    """
    project = await queries.project_of_contract(session, contract_id)
    if project is None:
        project = Project(
            contract_id=contract_id,
            contract_number=contract_number,
            customer_id=customer_id,
            name=name,
            starts_on=starts_on,
            ends_on=ends_on,
            created_at=at,
        )
        await fields.write(session, project)
        try:
            async with session.begin_nested():
                session.add(project)
        except IntegrityError as error:  # another replica was faster
            raise Conflict(f"Contract {contract_number} has got its project just now") from error
        session.add_all(_milestones(project))
        session.add(_start_task(project))
        await session.flush()
    _answer(session, project)
    return project


async def assign_manager(
    session: AsyncSession, id: UUID, *, manager_id: UUID | None, expected_version: int | None = None
) -> Project:
    """Put somebody in charge, or nobody; raises NotFound or Conflict for an unknown or former employee."""
    project = await fetch(session, Project, id, expected_version=expected_version)
    if manager_id is not None:
        await require_active(session, manager_id, "input", "managerId")
    project.manager_id = manager_id
    await session.flush()
    assigned = events.ProjectManagerAssigned(
        project_id=str(project.id),
        version=project.version,
        contract_id=str(project.contract_id),
        customer_id=str(project.customer_id),
        name=project.name,
        manager_id=str(manager_id or ""),
    )
    assigned.occurred_at.FromDatetime(now())
    emit(session, assigned, subject=project.id)
    return project


async def reschedule_project(
    session: AsyncSession,
    id: UUID,
    *,
    starts_on: date | None = None,
    ends_on: date | None = None,
    expected_version: int | None = None,
) -> Project:
    """Plan a project for other days; its open milestones move with it, what is not given stays.

    Raises Invalid for an end before the start and Conflict when the project is accepted.
    """
    project = await fetch(session, Project, id, expected_version=expected_version)
    days = starts_on or project.starts_on, ends_on or project.ends_on
    if days == (project.starts_on, project.ends_on):
        return project
    if project.status is ProjectStatus.ACCEPTED:
        raise Conflict(f"{project.name} is accepted since {project.accepted_on}; it is not planned any more")
    if days[1] < days[0]:
        raise Invalid(f"{project.name} cannot end before it begins", path=("input", "endsOn"))
    project.starts_on, project.ends_on = days
    for milestone in await all_open(session, id):
        milestone.due_on = STEPS[milestone.position - 1].due_on(*days)
    await session.flush()
    rescheduled = events.ProjectRescheduled(
        project_id=str(project.id),
        version=project.version,
        contract_id=str(project.contract_id),
        customer_id=str(project.customer_id),
        name=project.name,
        starts_on=project.starts_on.isoformat(),
        ends_on=project.ends_on.isoformat(),
    )
    rescheduled.occurred_at.FromDatetime(now())
    emit(session, rescheduled, subject=project.id)
    return project


async def accept_project(
    session: AsyncSession, id: UUID, *, accepted_on: date | None = None, expected_version: int | None = None
) -> Project:
    """Note that the customer accepted the whole delivery.

    Raises Conflict while a milestone is open, naming the first of them, or when it is accepted already.
    """
    project = await fetch(session, Project, id, expected_version=expected_version)
    if project.status is ProjectStatus.ACCEPTED:
        raise Conflict(f"{project.name} is accepted already")
    missing = await first_open(session, id)
    if missing is not None:
        raise Conflict(
            f"The milestone {missing.name} is not accepted yet; accept it first", milestoneId=str(missing.id)
        )
    project.accepted_on = happened_on(accepted_on, "input", "acceptedOn")
    project.status = ProjectStatus.ACCEPTED
    await session.flush()
    accepted = events.ProjectAccepted(
        project_id=str(project.id),
        version=project.version,
        contract_id=str(project.contract_id),
        customer_id=str(project.customer_id),
        name=project.name,
    )
    accepted.occurred_at.FromDatetime(instant(project.accepted_on))
    emit(session, accepted, subject=project.id)
    return project


def _milestones(project: Project) -> list[Milestone]:
    return [
        Milestone(
            project_id=project.id,
            position=position,
            name=step.name,
            due_on=step.due_on(project.starts_on, project.ends_on),
        )
        for position, step in enumerate(STEPS, 1)
    ]


def _start_task(project: Project) -> Task:
    return Task(
        project_id=project.id,
        name=START_TASK,
        contract_id=project.contract_id,
        due_on=project.starts_on + timedelta(days=START_TASK_DAYS),
        created_at=project.created_at,
    )


def _answer(session: AsyncSession, project: Project) -> None:
    opened = events.ProjectOpened(
        project_id=str(project.id),
        version=project.version,
        contract_id=str(project.contract_id),
        customer_id=str(project.customer_id),
        name=project.name,
        manager_id=str(project.manager_id or ""),
    )
    opened.occurred_at.FromDatetime(project.created_at)
    emit(session, opened, subject=project.id)
