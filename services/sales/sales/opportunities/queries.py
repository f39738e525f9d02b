"""Reads of opportunities."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.listing import Listing
from sales.known.queries import of_customer
from sales.opportunities.models import Opportunity

OPPORTUNITIES = Listing(
    noun="opportunity",
    table=Opportunity.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Opportunity.__table__.c},
    sorts=("created_at", "name", "amount", "close_amount", "engaged_on", "closed_on"),
    also=of_customer(Opportunity.__table__.c.customer_id),
)


async def opportunities_imported_as(
    session: AsyncSession, external_ids: Iterable[str], *, lock: bool
) -> Mapping[str, Opportunity]:
    """Return the opportunities that were imported under these ids, by id."""
    query = select(Opportunity).where(Opportunity.external_id.in_(external_ids))
    if lock:
        query = query.order_by(Opportunity.id).with_for_update()
    return {str(row.external_id): row for row in await session.scalars(query)}


async def opportunities_of(session: AsyncSession, ids: Iterable[UUID]) -> Mapping[UUID, Opportunity]:
    """Return these opportunities by id."""
    rows = await session.scalars(select(Opportunity).where(Opportunity.id.in_(list(ids))))
    return {row.id: row for row in rows}
