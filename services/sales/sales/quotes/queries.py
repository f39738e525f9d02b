"""Reads of quotes."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.listing import Listing
from sales.known.queries import of_customer
from sales.quotes.models import Quote, QuoteLine

QUOTES = Listing(
    noun="quote",
    table=Quote.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Quote.__table__.c},
    sorts=("created_at", "quoted_on", "total", "number", "discount_percent"),
    also=of_customer(Quote.__table__.c.customer_id),
)

LINES_OF_QUOTES = (
    select(QuoteLine.__table__)
    .where(QuoteLine.quote_id == any_(bindparam("keys", type_=ARRAY(PgUUID(as_uuid=True)))))
    .order_by(QuoteLine.quote_id, QuoteLine.position)
)


async def lines_of(session: AsyncSession, quote_id: UUID) -> Sequence[QuoteLine]:
    """Return the lines of a quote in their order."""
    query = select(QuoteLine).where(QuoteLine.quote_id == quote_id).order_by(QuoteLine.position)
    return (await session.scalars(query)).all()


async def next_number(session: AsyncSession, year: int) -> str:
    """Return a number that no other quote gets."""
    following = await session.scalar(text("SELECT nextval('quote_number')"))
    return f"Q-{year}-{following:06}"
