"""Reads of campaigns."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from chassis.listing import Listing
from marketing.campaigns.models import Campaign

CAMPAIGNS = Listing(
    noun="campaign",
    table=Campaign.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Campaign.__table__.c},
    sorts=("starts_on", "name", "created_at"),
    default=(("starts_on", "desc"),),
    open=True,
)


async def known_campaign(session: AsyncSession, id: UUID) -> Campaign:
    """Return the campaign without locking it, for many point to one at a time; raise NotFound."""
    found = await session.get(Campaign, id)
    if found is None:
        raise NotFound(f"There is no Campaign {id}", path=("input", "campaignId"), id=str(id))
    return found
