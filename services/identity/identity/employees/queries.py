"""Reads of employees."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.listing import Listing
from identity.employees.models import Employee, Password

EMPLOYEES = Listing(
    noun="employee",
    table=Employee.__table__,  # type: ignore[arg-type]
    # whose password is old is for nobody to ask
    fields={column.key: column for column in Employee.__table__.c if column.key != "credentials_changed_at"},
    sorts=("created_at", "name_sort", "email"),
    owner="id",
)


async def known_as(session: AsyncSession, email: str, external_id: str | None) -> Employee | None:
    """Return the employee with this e-mail address or imported under this id."""
    imported = Employee.external_id == external_id if external_id else false()
    named = or_(Employee.email == email, imported)
    return (await session.scalars(select(Employee).where(named).limit(1))).first()


async def who_may_sign_in(session: AsyncSession, email: str) -> tuple[UUID, str] | None:
    """Return id and password hash of the active employee with this e-mail address and a password."""
    query = select(Employee.id, Password.hash).join(Password, Password.employee_id == Employee.id)
    row = (await session.execute(query.where(Employee.email == email, Employee.active))).first()
    return (row.id, row.hash) if row else None


async def active_with_role(session: AsyncSession, role: str) -> Sequence[UUID]:
    """Return the active employees with this role, locked until the transaction ends."""
    having = select(Employee.id).where(Employee.active, Employee.roles.contains([role]))
    return (await session.scalars(having.order_by(Employee.id).with_for_update())).all()
