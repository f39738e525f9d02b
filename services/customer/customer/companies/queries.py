"""Reads of companies."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.listing import Listing
from customer.companies.models import Customer
from customer.companies.names import name_key

_columns = Customer.__table__.c
CUSTOMERS = Listing(
    noun="customer",
    table=Customer.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in _columns},
    sorts=("created_at", "name_sort", "last_follow_up_at"),
)


async def customer_named(session: AsyncSession, name: str) -> Customer | None:
    """Return the customer that goes by this name or another spelling of it."""
    return await session.scalar(select(Customer).where(Customer.name_key == name_key(name)))


async def customer_imported_as(session: AsyncSession, external_id: str) -> Customer | None:
    """Return the customer that was imported under this id."""
    return await session.scalar(select(Customer).where(Customer.external_id == external_id))
