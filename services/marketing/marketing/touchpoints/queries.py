"""Reads of touchpoints."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.foreign import owners_of
from chassis.listing import Listing
from marketing.touchpoints.models import Touchpoint

TOUCHPOINTS = Listing(
    noun="touchpoint",
    table=Touchpoint.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Touchpoint.__table__.c},
    sorts=("occurred_at",),
    default=(("occurred_at", "desc"),),
    owner="created_by",
    through=(("customer_id", owners_of("touchpoint")),),
)


async def submissions_between(
    session: AsyncSession, *, form_id: UUID, prospect_id: UUID, after: datetime, until: datetime
) -> int:
    """Return how often a prospect submitted a form in this time."""
    counted = select(func.count()).where(
        Touchpoint.form_id == form_id,
        Touchpoint.prospect_id == prospect_id,
        Touchpoint.occurred_at > after,
        Touchpoint.occurred_at <= until,
    )
    return await session.scalar(counted) or 0
