"""Keeping up with the customer service."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from finance.customers.models import KnownCustomer


async def remember_customer(session: AsyncSession, id: UUID, *, name: str, version: int) -> None:
    """Note a customer's legal name, unless something newer is known."""
    row = insert(KnownCustomer).values(id=id, name=name, version=version)
    newer = row.on_conflict_do_update(
        index_elements=[KnownCustomer.id],
        set_={"name": row.excluded.name, "version": row.excluded.version},
        where=KnownCustomer.version < row.excluded.version,
    )
    await session.execute(newer)


async def meet_customer(session: AsyncSession, id: UUID, *, name: str) -> None:
    """Note a customer whose own event is still to come, and then brings the name up to date."""
    row = insert(KnownCustomer).values(id=id, name=name, version=0)
    await session.execute(row.on_conflict_do_nothing())
