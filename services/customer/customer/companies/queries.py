"""Reads of companies."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, any_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.cleaning.companies import name_key
from chassis.listing import Listing
from customer.companies.models import Customer

_columns = Customer.__table__.c
CUSTOMERS = Listing(
    noun="customer",
    table=Customer.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in _columns},
    sorts=("created_at", "name_sort", "last_follow_up_at"),
    parts=(
        (
            "registry",
            (
                "registration_number",
                "legal_representative",
                "founded_year",
                "employees",
                "revenue_amount",
                "revenue_currency",
                "headquarters",
            ),
        ),
    ),
)


_SURVIVOR = func.coalesce(Customer.merged_into_id, Customer.id)


async def customer_named(session: AsyncSession, name: str) -> Customer | None:
    """Return the customer that goes by this name or another spelling of it."""
    return await _survivor(session, select(Customer).where(Customer.name_key == name_key(name)))


async def customer_imported_as(session: AsyncSession, external_id: str) -> Customer | None:
    """Return the customer that was imported under this id."""
    return await _survivor(session, select(Customer).where(Customer.external_id == external_id))


async def _survivor(session: AsyncSession, query: Select[Customer]) -> Customer | None:
    """Return what is found, or what it was merged into."""
    found: Customer | None = await session.scalar(query)
    while found is not None and found.merged_into_id is not None:
        found = await session.get(Customer, found.merged_into_id)
    return found


def _texts(values: Iterable[str]) -> ColumnElement[Any]:
    """One array, so that any number of values is one statement with one plan."""
    return bindparam(None, sorted(set(values)), type_=ARRAY(Text))


async def customers_like(
    session: AsyncSession, names: Sequence[str], external_ids: Sequence[str] = ()
) -> tuple[dict[str, UUID], dict[str, UUID]]:
    """Return the ids of the customers that go by these names, by name key, and by external id."""
    query = select(_SURVIVOR.label("id"), Customer.name_key, Customer.external_id).where(
        or_(
            Customer.name_key == any_(_texts({name_key(name) for name in names})),
            Customer.external_id == any_(_texts(external_ids)),
        )
    )
    rows = (await session.execute(query)).all()
    by_external_id = {row.external_id: row.id for row in rows if row.external_id}
    return {row.name_key: row.id for row in rows}, by_external_id
