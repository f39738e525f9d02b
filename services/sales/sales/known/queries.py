"""Reads of what we know from others."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.conditions.fields import Field, related
from chassis.errors import Conflict, NotFound, Unavailable
from sales.known.models import KnownCustomer, KnownEmployee


def of_customer(id: ColumnElement[Any]) -> dict[str, Field]:
    """Return what conditions may ask of the customer that a column names: `customer.industry`."""
    known = KnownCustomer.__table__.c
    compared = {name: known[name] for name in ("name", "industry", "region")}
    return related("customer", on=id, key=known.id, fields=compared)


async def active_employee(session: AsyncSession, id: UUID) -> KnownEmployee:
    """Return the employee; raise NotFound for an unknown and Conflict for an inactive one."""
    employee = await session.get(KnownEmployee, id)
    if employee is None:
        raise NotFound(f"There is no employee {id}", path=("input", "ownerId"), id=str(id))
    if not employee.active:
        raise Conflict(
            f"{employee.name} is not active any more; choose somebody else", path=("input", "ownerId")
        )
    return employee


async def require_employees(session: AsyncSession, ids: Sequence[UUID], *path: str) -> None:
    """Raise Unavailable for the first of these whom identity has not told of, at its place in the path."""
    known = set(await session.scalars(select(KnownEmployee.id).where(KnownEmployee.id.in_(ids))))
    for place, id in enumerate(ids):
        if id not in known:
            raise Unavailable(
                f"Employee {id} is not known to sales; if they were registered just now, try again",
                path=(*path, place),
                employeeId=str(id),
            )


async def customer_name(session: AsyncSession, id: UUID) -> str:
    """Return what the customer is called; raise Unavailable while the customer service has not told."""
    customer = await session.get(KnownCustomer, id)
    if customer is None:
        raise Unavailable(
            f"Customer {id} is not known to sales; if it was registered just now, try again",
            customerId=str(id),
        )
    return customer.name
