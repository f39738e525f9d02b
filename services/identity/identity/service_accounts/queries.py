"""Reads of service accounts."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Unauthenticated
from chassis.listing import Listing
from identity.secrets import matches
from identity.service_accounts.models import ServiceAccount

SERVICE_ACCOUNTS = Listing(
    noun="service_account",
    table=ServiceAccount.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in ServiceAccount.__table__.c},
    sorts=("created_at", "name"),
    default=(("name", "asc"),),
    open=True,
)


async def authenticated(session: AsyncSession, id: str, secret: str) -> ServiceAccount:
    """Return the account with this id and secret; raise Unauthenticated for any other or a revoked one."""
    try:
        account = await session.get(ServiceAccount, UUID(id))
    except ValueError:
        account = None
    if not matches(secret, account.secret_hash if account else "") or not account or account.revoked_at:
        raise Unauthenticated("Client id or secret is wrong, or the service account was revoked")
    return account
