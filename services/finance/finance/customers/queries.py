"""Reads of customers."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.conditions.fields import Field, related
from chassis.errors import NotFound
from finance.customers.models import KnownCustomer


def of_customer(id: ColumnElement[Any]) -> dict[str, Field]:
    """Return what conditions may ask of the customer that a column names: `customer.name`."""
    known = KnownCustomer.__table__.c
    return related("customer", on=id, key=known.id, fields={"name": known.name})


async def lock_account(session: AsyncSession, id: UUID, *path: str) -> KnownCustomer:
    """Return the customer; until the transaction ends nobody else moves money of theirs.

    Raises NotFound for a customer nobody told us of. What moves money takes this lock before it reads:
    then no amount changes between reading and writing it. Not the row is locked: its own events need it.
    """
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(id), 0))))
    found = await session.get(KnownCustomer, id)
    if found is None:
        raise NotFound(f"There is no customer {id}", path=path, id=str(id), type="Customer")
    return found
