"""How what we know follows what others tell, in whatever order it arrives."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
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


def deactivate(employee: KnownEmployee, *, version: int) -> None:
    """From now on nothing is assigned to the employee."""
    employee.active = False
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
