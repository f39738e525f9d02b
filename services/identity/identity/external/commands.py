"""From the claims of the company's issuer to an employee with roles."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Unauthenticated
from identity.employees.commands import change_roles, email_address, register_employee
from identity.employees.models import Employee
from identity.employees.queries import known_as
from identity.sessions.queries import one_at_a_time
from identity.settings import IdentitySettings


async def admit(session: AsyncSession, claims: Mapping[str, Any], settings: IdentitySettings) -> Employee:
    """Return the employee whom the claims are about, with the roles that the groups give.

    Roles that no group is mapped to stay as they are. Raises Unauthenticated for somebody who is not
    registered (unless the settings say to), who left, or whose address the issuer has not verified.
    """
    email = email_address(str(claims.get(settings.oidc_email_claim) or ""))
    if claims.get("email_verified") is False:
        raise Unauthenticated(f"The issuer has not verified the address {email}")
    given = _mapped(claims.get(settings.oidc_groups_claim), settings.oidc_roles)
    await one_at_a_time(session, email)
    employee = await known_as(session, email, None)
    if employee is None:
        if not settings.oidc_registers:
            raise Unauthenticated(f"{email} is not registered here; an administrator can do that")
        name = str(claims.get(settings.oidc_name_claim) or email)
        return await register_employee(session, email=email, name=name, roles=sorted(given))
    if not employee.active:
        raise Unauthenticated(f"{employee.name} no longer works here")
    wanted = (set(employee.roles) - set(settings.oidc_roles.values())) | given
    if wanted != set(employee.roles):
        employee = await change_roles(session, employee.id, roles=sorted(wanted))
    return employee


def _mapped(groups: object, roles: Mapping[str, str]) -> set[str]:
    named = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
    return {roles[group] for group in named if isinstance(group, str) and group in roles}
