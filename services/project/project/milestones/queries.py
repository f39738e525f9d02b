"""Reads of milestones."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.listing import Listing
from project.milestones.models import Milestone, MilestoneStatus
from project.projects.queries import PROJECTS

MILESTONES = Listing(
    noun="milestone",
    table=Milestone.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Milestone.__table__.c},
    sorts=("due_on",),
    default=(("due_on", "asc"),),
    through=(("project_id", PROJECTS),),
)

OF_PROJECTS = (
    select(Milestone.__table__)
    .where(Milestone.project_id == any_(bindparam("keys", type_=ARRAY(PgUUID(as_uuid=True)))))
    .order_by(Milestone.position)
)


async def all_open(session: AsyncSession, project_id: UUID) -> Sequence[Milestone]:
    """Return the milestones that are not accepted yet."""
    waiting = select(Milestone).where(
        Milestone.project_id == project_id, Milestone.status == MilestoneStatus.OPEN
    )
    return (await session.scalars(waiting.order_by(Milestone.position))).all()


async def first_open(session: AsyncSession, project_id: UUID) -> Milestone | None:
    """Return the milestone that comes next."""
    waiting = (
        select(Milestone)
        .where(Milestone.project_id == project_id, Milestone.status == MilestoneStatus.OPEN)
        .order_by(Milestone.position)
        .limit(1)
    )
    return await session.scalar(waiting)
