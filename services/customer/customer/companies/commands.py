"""What can happen to a company."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.cleaning.companies import name_key
from chassis.cleaning.sorting import sort_key
from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.importing.bulk import emit_all, fresh, insert_all
from chassis.messaging.outbox import emit
from chassis.uniqueness.commands import claim, release
from customer.companies import queries
from customer.companies.models import Customer, CustomerStatus
from customer.companies.unique import UNIQUE_CUSTOMERS
from roundel.customer.v1 import customer_events_pb2 as events


async def register_customer(
    session: AsyncSession,
    *,
    name: str,
    at: datetime | None = None,
    custom: Sequence[Given] | None = None,
    **profile: Any,
) -> Customer:
    """Enter a company that we did not know.

    `profile` names further columns of Customer. Raises Conflict when a company of this name (in any
    spelling) or this external id is registered already.
    """
    customer = Customer(**_named(name), **profile)
    if at:
        customer.created_at = at
    await fields.write(session, customer, custom)
    try:
        async with session.begin_nested():
            session.add(customer)
    except IntegrityError as error:
        known = await queries.customer_named(session, name)
        raise Conflict(
            f"{name} is registered already",
            path=("input", "name"),
            customerId=str(known.id) if known else None,
        ) from error
    await claim(session, UNIQUE_CUSTOMERS, [customer.id])
    emit(session, _registered(customer), subject=customer.id)
    return customer


async def register_customers(
    session: AsyncSession, profiles: Sequence[Mapping[str, Any]]
) -> Sequence[Customer]:
    """Enter many companies by a few statements; each profile has a name, further columns and `custom` values.

    Raises IntegrityError when one of them is registered already.
    """
    customers = [fresh(Customer, _plain(profile) | _named(profile["name"])) for profile in profiles]
    for customer, profile in zip(customers, profiles, strict=True):
        await fields.write(session, customer, profile.get("custom"))
    await insert_all(session, customers)
    await claim(session, UNIQUE_CUSTOMERS, [customer.id for customer in customers])
    await emit_all(session, [(customer.id, _registered(customer)) for customer in customers])
    return customers


def _plain(profile: Mapping[str, Any]) -> dict[str, Any]:
    plain = {**profile}
    plain.pop("custom", None)
    return plain


def _registered(customer: Customer) -> events.CustomerRegistered:
    registered = events.CustomerRegistered(
        customer_id=str(customer.id),
        version=customer.version,
        name=customer.name,
        industry=customer.industry or "",
        region=customer.region or "",
        size_band=customer.size_band or "",
        source=customer.source or "",
        owner_id=str(customer.owner_id or ""),
        external_id=customer.external_id or "",
    )
    registered.occurred_at.FromDatetime(customer.created_at)
    return registered


async def change_profile(
    session: AsyncSession, id: UUID, *, expected_version: int | None, changes: Mapping[str, Any]
) -> Customer:
    """Set the named columns of a company; a column that is not named stays."""
    customer = await _present(session, id, expected_version)
    values = dict(changes)
    if "name" in values:
        values.update(_named(values["name"]))
    for column, value in values.items():
        setattr(customer, column, value)
    await session.flush()
    await claim(session, UNIQUE_CUSTOMERS, [customer.id])
    return await tell_changed(session, customer)


async def tag_customer(
    session: AsyncSession, id: UUID, *, add: list[str], remove: list[str], expected_version: int | None = None
) -> Customer:
    """Add and remove free tags."""
    customer = await _present(session, id, expected_version)
    added = [tag.strip() for tag in add if tag.strip()]
    customer.tags = sorted({*customer.tags, *added} - set(remove))
    return await tell_changed(session, customer)


async def remove_customer(session: AsyncSession, customer: Customer) -> None:
    """Forget a company that was entered by mistake; raises IntegrityError when something refers to it."""
    await session.delete(customer)
    await session.flush()
    await release(session, UNIQUE_CUSTOMERS, [customer.id])
    removed = events.CustomerRemoved(
        customer_id=str(customer.id), version=customer.version + 1, name=customer.name
    )
    removed.occurred_at.FromDatetime(now())
    emit(session, removed, subject=customer.id)


async def mark_signed(session: AsyncSession, id: UUID) -> Customer:
    """Note that a contract with this company was signed."""
    customer = await fetch(session, Customer, id)
    if customer.merged_into_id is not None:
        return await mark_signed(session, customer.merged_into_id)
    if customer.status is CustomerStatus.SIGNED:
        return customer
    customer.status = CustomerStatus.SIGNED
    return await tell_changed(session, customer)


async def _present(session: AsyncSession, id: UUID, expected_version: int | None) -> Customer:
    customer = await fetch(session, Customer, id, expected_version=expected_version)
    if customer.merged_into_id is not None:
        raise Conflict(
            f"{customer.name} was merged into another company; change that one",
            path=("input", "id"),
            mergedIntoId=str(customer.merged_into_id),
        )
    return customer


def _named(name: str) -> dict[str, str]:
    clean = " ".join(name.split())
    if not clean:
        raise Invalid("A customer needs a name", path=("input", "name"))
    return {"name": clean, "name_key": name_key(clean), "name_sort": sort_key(clean)}


async def tell_changed(session: AsyncSession, customer: Customer) -> Customer:
    """Tell what a company is like now, and return it."""
    await session.flush()
    changed = events.CustomerProfileChanged(
        customer_id=str(customer.id),
        version=customer.version,
        name=customer.name,
        industry=customer.industry or "",
        region=customer.region or "",
        size_band=customer.size_band or "",
        owner_id=str(customer.owner_id or ""),
        status=customer.status.value,
        tags=customer.tags,
    )
    changed.occurred_at.FromDatetime(now())
    emit(session, changed, subject=customer.id)
    return customer
