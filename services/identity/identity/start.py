"""What has to be there before anybody can sign in, and what may be forgotten afterwards."""

import logging

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.service import Runtime
from identity.calendars import commands as calendars
from identity.employees import commands as employees
from identity.employees.models import Employee
from identity.employees.passwords import hash_password
from identity.roles import commands as roles
from identity.roles.catalogue import ADMINISTRATOR
from identity.roles.models import Role
from identity.service_accounts import commands as service_accounts
from identity.service_accounts.models import ServiceAccount
from identity.sessions import commands as sessions
from identity.settings import IdentitySettings
from identity.signing_keys import commands as signing_keys
from identity.signing_keys.queries import one_at_a_time
from identity.signing_keys.tokens import mint_of
from identity.teams import commands as teams
from identity.teams.models import Team

log = logging.getLogger(__name__)


async def prepare(runtime: Runtime) -> None:
    """Make the first signing key, the shipped roles and calendar and the first administrator, once for all.

    Raises Unavailable when the keys that are there were encrypted with another secret.
    """
    settings = runtime.settings
    assert isinstance(settings, IdentitySettings)
    mint = mint_of(settings)
    async with runtime.database.transaction() as session:
        await one_at_a_time(session)
        await signing_keys.create_first(session, mint.cipher, at=runtime.clock())
        if not await session.scalar(select(Role.id).limit(1)):
            await _tell_everything(session)
        await roles.ship(session)
        await calendars.ship(session)
        if await session.scalar(select(Employee.id).limit(1)):
            return
        password = settings.admin_password.get_secret_value()
        if not settings.admin_email or not password:
            log.warning("Nobody can sign in: set ROUNDEL_ADMIN_EMAIL and ROUNDEL_ADMIN_PASSWORD")
            return
        await employees.register_employee(
            session,
            email=settings.admin_email,
            name="Administrator",
            roles=[ADMINISTRATOR],
            password_hash=await hash_password(password),
        )


async def _tell_everything(session: AsyncSession) -> None:
    """Tell once who and what was there before roles were data; later changes are told as they happen."""
    for team in await session.scalars(select(Team).order_by(Team.path)):
        teams.tell_place(session, team)
    for employee in await session.scalars(select(Employee).order_by(Employee.id)):
        employees.tell_principal(session, employee)
    for account in await session.scalars(select(ServiceAccount).order_by(ServiceAccount.id)):
        service_accounts.tell_principal(session, account)


async def forget_expired(runtime: Runtime) -> None:
    """Delete sessions and failed sign-ins that no longer matter."""
    async with runtime.database.transaction() as session:
        await sessions.forget_expired(session, at=runtime.clock())
