"""What can happen to a milestone."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch
from chassis.days import happened_on, instant
from chassis.errors import Conflict
from chassis.messaging.outbox import emit
from project.milestones.models import Milestone, MilestoneStatus
from project.milestones.queries import first_open
from project.projects.models import Project
from roundel.project.v1 import project_events_pb2 as events


async def accept_milestone(
    session: AsyncSession, id: UUID, *, accepted_on: date | None = None, expected_version: int | None = None
) -> Milestone:
    """Note that the customer accepted this step.

    Raises Conflict when an earlier one is open, naming it, or when this one is accepted already.
    """
    milestone = await fetch(session, Milestone, id, expected_version=expected_version)
    project = await fetch(session, Project, milestone.project_id)
    if milestone.status is MilestoneStatus.ACCEPTED:
        raise Conflict(f"The milestone {milestone.name} is accepted already")
    due = await first_open(session, project.id)
    if due is not None and due.id != milestone.id:
        raise Conflict(
            f"The milestone {due.name} comes first and is open; accept it first", milestoneId=str(due.id)
        )
    milestone.accepted_on = happened_on(accepted_on, "input", "acceptedOn")
    milestone.status = MilestoneStatus.ACCEPTED
    project.begin()
    await session.flush()
    accepted = events.MilestoneAccepted(
        milestone_id=str(milestone.id),
        version=milestone.version,
        project_id=str(project.id),
        contract_id=str(project.contract_id),
        customer_id=str(project.customer_id),
        name=milestone.name,
    )
    accepted.occurred_at.FromDatetime(instant(milestone.accepted_on))
    emit(session, accepted, subject=milestone.id)
    return milestone
