"""Reads of projects."""

from uuid import UUID

from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.foreign import owners_of
from chassis.listing import Listing
from project.projects.models import Project

PROJECTS = Listing(
    noun="project",
    table=Project.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Project.__table__.c},
    sorts=("created_at", "starts_on", "ends_on"),
    owner="manager_id",
    through=(("customer_id", owners_of("project")),),
)

OF_CONTRACTS = select(Project.__table__).where(
    Project.contract_id == any_(bindparam("keys", type_=ARRAY(PgUUID(as_uuid=True))))
)


async def project_of_contract(session: AsyncSession, contract_id: UUID) -> Project | None:
    """Return the project that delivers this contract."""
    return await session.scalar(select(Project).where(Project.contract_id == contract_id))
