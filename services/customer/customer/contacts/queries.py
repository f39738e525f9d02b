"""Reads of contacts."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.listing import Listing
from customer.companies.queries import CUSTOMERS
from customer.contacts.models import Contact

CONTACTS = Listing(
    noun="contact",
    table=Contact.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Contact.__table__.c},
    sorts=("created_at", "name"),
    default=(("created_at", "asc"),),
    through=(("customer_id", CUSTOMERS),),
    sensitive=("email", "phone"),
)


async def contact_of_phone(session: AsyncSession, phone: str) -> Contact | None:
    """Return the contact who has this number (E.164)."""
    return (
        await session.scalars(
            select(Contact).where(Contact.phone == phone, Contact.merged_into_id.is_(None)).limit(1)
        )
    ).first()


async def contact_named(session: AsyncSession, customer_id: UUID, name: str) -> Contact | None:
    """Return the contact of this name at a company."""
    query = select(Contact).where(
        Contact.customer_id == customer_id, Contact.name == name, Contact.merged_into_id.is_(None)
    )
    return (await session.scalars(query.limit(1))).first()
