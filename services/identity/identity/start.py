"""What has to be there before anybody can sign in, and what may be forgotten afterwards."""

import logging

from sqlalchemy import select

from chassis.service import Runtime
from identity.employees.commands import register_employee
from identity.employees.models import Employee
from identity.employees.passwords import hash_password
from identity.roles.catalogue import ADMINISTRATOR
from identity.sessions import commands as sessions
from identity.settings import IdentitySettings
from identity.signing_keys import commands as signing_keys
from identity.signing_keys.queries import one_at_a_time
from identity.signing_keys.tokens import mint_of

log = logging.getLogger(__name__)


async def prepare(runtime: Runtime) -> None:
    """Make the first signing key and the first administrator, once for all replicas.

    Raises Unavailable when the keys that are there were encrypted with another secret.
    """
    settings = runtime.settings
    assert isinstance(settings, IdentitySettings)
    mint = mint_of(settings)
    async with runtime.database.transaction() as session:
        await one_at_a_time(session)
        await signing_keys.create_first(session, mint.cipher, at=runtime.clock())
        if await session.scalar(select(Employee.id).limit(1)):
            return
        password = settings.admin_password.get_secret_value()
        if not settings.admin_email or not password:
            log.warning("Nobody can sign in: set ROUNDEL_ADMIN_EMAIL and ROUNDEL_ADMIN_PASSWORD")
            return
        await register_employee(
            session,
            email=settings.admin_email,
            name="Administrator",
            roles=[ADMINISTRATOR],
            password_hash=await hash_password(password),
        )


async def forget_expired(runtime: Runtime) -> None:
    """Delete sessions and failed sign-ins that no longer matter."""
    async with runtime.database.transaction() as session:
        await sessions.forget_expired(session, at=runtime.clock())
