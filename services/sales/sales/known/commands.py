"""How what we know follows what others tell, in whatever order it arrives."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.ext.asyncio import AsyncSession

from sales.known.models import KnownCustomer, KnownEmployee


async def note_employee(
    session: AsyncSession, id: UUID, *, version: int, name: str, team_id: UUID | None, roles: Sequence[str]
) -> None:
    """Note a new employee; one that is known stays as it is."""
    employee = insert(KnownEmployee).values(
        id=id,
        name=name,
        team_id=team_id,
        roles=list(roles),
        active=True,
        version=version,
        team_version=version,
        roles_version=version,
    )
    await session.execute(employee.on_conflict_do_nothing())


def move(employee: KnownEmployee, *, version: int, team_id: UUID | None) -> None:
    """Put the employee into another team, unless a later move is known."""
    if version > employee.team_version:
        employee.team_id = team_id
        employee.team_version = version
        employee.version = max(employee.version, version)


def change_roles(employee: KnownEmployee, *, version: int, roles: Sequence[str]) -> None:
    """Give the employee other roles, unless a later change is known."""
    if version > employee.roles_version:
        employee.roles = list(roles)
        employee.roles_version = version
        employee.version = max(employee.version, version)


def activate(employee: KnownEmployee, active: bool, *, version: int) -> None:
    """Let the employee be assigned something, or nothing, unless something later is known."""
    if version > employee.active_version:
        employee.active = active
        employee.active_version = version
        employee.version = max(employee.version, version)


def note_absences(
    employee: KnownEmployee, absences: Sequence[tuple[datetime, datetime]], *, version: int
) -> None:
    """Note when the employee is away, unless something later is known."""
    if version > employee.absent_version:
        employee.absent = [Range(start, end) for start, end in absences]
        employee.absent_version = version
        employee.version = max(employee.version, version)


async def note_customer(
    session: AsyncSession, id: UUID, *, version: int, name: str, industry: str = "", region: str = ""
) -> None:
    """Note what a customer is called, unless something newer is known."""
    customer = insert(KnownCustomer).values(
        id=id, version=version, name=name, industry=industry, region=region
    )
    newer = {column: customer.excluded[column] for column in ("version", "name", "industry", "region")}
    await session.execute(
        customer.on_conflict_do_update(
            index_elements=[KnownCustomer.id],
            set_=newer,
            where=KnownCustomer.version < customer.excluded.version,
        )
    )
