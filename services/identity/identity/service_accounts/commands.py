"""What can happen to a service account."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch
from chassis.errors import Conflict
from identity import principals
from identity.names import clean
from identity.roles.queries import known
from identity.secrets import digest
from identity.service_accounts.models import ServiceAccount
from identity.sessions.commands import end_sessions


async def create_service_account(
    session: AsyncSession, *, name: str, roles: Sequence[str], secret: str
) -> ServiceAccount:
    """Let a program use the graph; raise Conflict when the name is taken, Invalid for unknown roles."""
    account = ServiceAccount(
        name=clean(name, "a service account"),
        roles=await known(session, roles),
        secret_hash=digest(secret),
    )
    try:
        async with session.begin_nested():
            session.add(account)
    except IntegrityError as error:
        raise Conflict(
            f"There is a service account {account.name} already", path=("input", "name")
        ) from error
    tell_principal(session, account)
    return account


async def revoke_service_account(
    session: AsyncSession, id: UUID, *, at: datetime, expected_version: int | None = None
) -> ServiceAccount:
    """Give this account no more tokens, and end those that it has."""
    account = await fetch(session, ServiceAccount, id, expected_version=expected_version)
    if account.revoked_at is None:
        account.revoked_at = at
        await session.flush()
        tell_principal(session, account)
        await end_sessions(session, id, at=at)
    return account


def tell_principal(session: AsyncSession, account: ServiceAccount) -> None:
    """Tell the others what an account's rights follow from."""
    active = account.revoked_at is None
    principals.tell(session, account, "service", roles=account.roles, active=active)
