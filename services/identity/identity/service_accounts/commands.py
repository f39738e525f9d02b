"""What can happen to a service account."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch
from chassis.errors import Conflict
from identity.names import clean
from identity.roles.catalogue import known
from identity.service_accounts.models import ServiceAccount
from identity.service_accounts.secrets import digest


async def create_service_account(
    session: AsyncSession, *, name: str, roles: Sequence[str], secret: str
) -> ServiceAccount:
    """Let a program use the graph; raise Conflict when the name is taken, Invalid for unknown roles."""
    account = ServiceAccount(
        name=clean(name, "a service account"), roles=known(roles), secret_hash=digest(secret)
    )
    try:
        async with session.begin_nested():
            session.add(account)
    except IntegrityError as error:
        raise Conflict(
            f"There is a service account {account.name} already", path=("input", "name")
        ) from error
    return account


async def revoke_service_account(
    session: AsyncSession, id: UUID, *, at: datetime, expected_version: int | None = None
) -> ServiceAccount:
    """Give this account no more tokens."""
    account = await fetch(session, ServiceAccount, id, expected_version=expected_version)
    if account.revoked_at is None:
        account.revoked_at = at
        await session.flush()
    return account
