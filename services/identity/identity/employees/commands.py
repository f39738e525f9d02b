"""What can happen to an employee."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.cleaning.sorting import sort_key
from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.messaging.outbox import emit
from identity import principals
from identity.api_keys.commands import follow_owner, revoke_all
from identity.calendars.models import Calendar
from identity.employees import queries
from identity.employees.models import Employee, Password
from identity.names import clean
from identity.roles.catalogue import ADMINISTRATOR, EVERYBODY
from identity.roles.queries import known
from identity.sessions.commands import end_sessions
from identity.teams.models import Team
from roundel.identity.v1 import identity_events_pb2 as events


async def register_employee(
    session: AsyncSession,
    *,
    email: str,
    name: str,
    team_id: UUID | None = None,
    roles: Sequence[str] = (),
    password_hash: str | None = None,
    external_id: str | None = None,
    at: datetime | None = None,
    custom: Sequence[Given] | None = None,
) -> Employee:
    """Enter somebody who works here; without a password they cannot sign in yet.

    Raises Conflict when the e-mail address (in any case) or the external id is known already, Invalid for
    an unknown role and NotFound for an unknown team.
    """
    name = clean(name, "an employee")
    if team_id:
        await fetch(session, Team, team_id)
    employee = Employee(
        email=email_address(email),
        name=name,
        name_sort=sort_key(name),
        team_id=team_id,
        roles=await known(session, roles),
        active=True,
        external_id=external_id or None,
    )
    if password_hash:
        employee.credentials_changed_at = now()
    if at:
        employee.created_at = at
    await fields.write(session, employee, custom)
    try:
        async with session.begin_nested():
            session.add(employee)
    except IntegrityError as error:
        other = await queries.known_as(session, employee.email, employee.external_id)
        raise Conflict(
            f"{employee.email} is registered already",
            path=("input", "email"),
            employeeId=str(other.id) if other else None,
        ) from error
    if password_hash:
        session.add(Password(employee_id=employee.id, hash=password_hash))
    registered = events.EmployeeRegistered(
        employee_id=str(employee.id),
        version=employee.version,
        email=employee.email,
        name=employee.name,
        team_id=str(employee.team_id or ""),
        roles=employee.roles,
    )
    registered.occurred_at.FromDatetime(employee.created_at)
    emit(session, registered, subject=employee.id)
    tell_principal(session, employee)
    return employee


async def move_employee(
    session: AsyncSession, id: UUID, *, team_id: UUID | None, expected_version: int | None = None
) -> Employee:
    """Put an employee into another team, or into none."""
    if team_id:
        await fetch(session, Team, team_id)
    employee = await _active(session, id, expected_version)
    employee.team_id = team_id
    await session.flush()
    moved = events.EmployeeMoved(
        employee_id=str(employee.id), version=employee.version, team_id=str(team_id or "")
    )
    moved.occurred_at.FromDatetime(now())
    emit(session, moved, subject=employee.id)
    tell_principal(session, employee)
    await follow_owner(session, employee, at=now())
    return employee


async def change_roles(
    session: AsyncSession, id: UUID, *, roles: Sequence[str], expected_version: int | None = None
) -> Employee:
    """Give an employee these roles and no others.

    Raises Conflict when nobody would be left to administer.
    """
    named = await known(session, roles)
    if ADMINISTRATOR not in named:
        await _keep_an_administrator(session, id)
    employee = await _active(session, id, expected_version)
    employee.roles = named
    await session.flush()
    changed = events.RolesChanged(employee_id=str(employee.id), version=employee.version, roles=named)
    changed.occurred_at.FromDatetime(now())
    emit(session, changed, subject=employee.id)
    tell_principal(session, employee)
    return employee


async def deactivate_employee(
    session: AsyncSession, id: UUID, *, reason: str = "", expected_version: int | None = None
) -> Employee:
    """Note that somebody no longer works here: no assignments and no sign-in; sessions and API keys end.

    Raises Conflict when nobody would be left to administer.
    """
    await _keep_an_administrator(session, id)
    employee = await _active(session, id, expected_version)
    employee.active = False
    await session.flush()
    left = events.EmployeeDeactivated(
        employee_id=str(employee.id), version=employee.version, reason=reason.strip()
    )
    left.occurred_at.FromDatetime(now())
    emit(session, left, subject=employee.id)
    tell_principal(session, employee)
    await end_sessions(session, id, at=now())
    await revoke_all(session, employee, at=now())
    return employee


async def reactivate_employee(
    session: AsyncSession, id: UUID, *, expected_version: int | None = None
) -> Employee:
    """Note that somebody works here again, with the team, roles and password of before.

    Raises Conflict for somebody who never left.
    """
    employee = await fetch(session, Employee, id, expected_version=expected_version)
    if employee.active:
        raise Conflict(f"{employee.name} works here", employeeId=str(id))
    employee.active = True
    await session.flush()
    back = events.EmployeeReactivated(employee_id=str(employee.id), version=employee.version)
    back.occurred_at.FromDatetime(now())
    emit(session, back, subject=employee.id)
    tell_principal(session, employee)
    return employee


async def set_calendar(
    session: AsyncSession, id: UUID, *, calendar_id: UUID | None, expected_version: int | None = None
) -> Employee:
    """Let an employee work by this calendar, or by the team's."""
    if calendar_id:
        await fetch(session, Calendar, calendar_id)
    employee = await _active(session, id, expected_version)
    employee.calendar_id = calendar_id
    await session.flush()
    return employee


async def set_password(
    session: AsyncSession, id: UUID, *, password_hash: str, expected_version: int | None = None
) -> Employee:
    """Replace an employee's password, or give the first one; what was signed in with the former ends."""
    employee = await _active(session, id, expected_version)
    await session.merge(Password(employee_id=id, hash=password_hash))
    employee.credentials_changed_at = now()
    await session.flush()
    await end_sessions(session, id, at=now())
    return employee


def tell_principal(session: AsyncSession, employee: Employee) -> None:
    """Tell the others what an employee's rights follow from."""
    principals.tell(
        session,
        employee,
        "employee",
        roles=[EVERYBODY, *employee.roles],
        active=employee.active,
        team_id=employee.team_id,
    )


def email_address(email: str) -> str:
    """Return the address in the one spelling we keep; raise Invalid when it cannot be one."""
    cleaned = email.strip().lower()
    local, _, domain = cleaned.partition("@")
    if not local or "." not in domain or len(cleaned.split()) != 1 or len(cleaned) > 320:
        raise Invalid(f"{email!r} is no e-mail address", path=("input", "email"))
    return cleaned


async def _active(session: AsyncSession, id: UUID, expected_version: int | None) -> Employee:
    employee = await fetch(session, Employee, id, expected_version=expected_version)
    if not employee.active:
        raise Conflict(f"{employee.name} no longer works here", employeeId=str(id))
    return employee


async def _keep_an_administrator(session: AsyncSession, leaving: UUID) -> None:
    if await queries.active_with_role(session, ADMINISTRATOR) == [leaving]:
        raise Conflict("Nobody else is an administrator; make somebody else one first")
