"""Reads of leads."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.listing import Listing
from sales.known.queries import of_customer
from sales.leads.models import Lead, LeadStatus

LEADS = Listing(
    noun="lead",
    table=Lead.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Lead.__table__.c},
    sorts=("created_at", "company", "assigned_at"),
    also=of_customer(Lead.__table__.c.customer_id),
    sensitive=("email", "phone"),
)


async def lead_of_prospect(session: AsyncSession, prospect_id: UUID) -> Lead | None:
    """Return the lead that was made of a prospect."""
    return await session.scalar(select(Lead).where(Lead.prospect_id == prospect_id))


def lacks_customer(lead: Row[Any]) -> bool:
    """Tell whether a lead can be converted and its company is no customer yet."""
    return lead.customer_id is None and lead.status in (LeadStatus.NEW, LeadStatus.ASSIGNED)
