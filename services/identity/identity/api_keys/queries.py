"""Reads of API keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database
from chassis.errors import Unauthenticated
from chassis.listing import Listing
from identity.api_keys.models import ApiKey, ApiKeyUse
from identity.employees.models import Employee
from identity.secrets import digest

MOST_KEYS = 50  # of one owner

_TABLE, _USE = ApiKey.__table__, ApiKeyUse.__table__

API_KEYS = Listing(
    noun="api_key",
    table=_TABLE,  # type: ignore[arg-type]
    fields={column.key: column for column in _TABLE.c if column.key != "hash"},
    sorts=("created_at", "name", "expires_at"),
)

_MINE = select(_TABLE).where(_TABLE.c.owner_id == bindparam("owner_id", type_=PgUUID(as_uuid=True)))
_NEWEST = _MINE.order_by(_TABLE.c.created_at.desc(), _TABLE.c.id.desc()).limit(2 * MOST_KEYS)
_USED = select(_USE).where(_USE.c.api_key_id == any_(bindparam("ids", type_=ARRAY(PgUUID(as_uuid=True)))))


async def of_owner(database: Database, owner_id: UUID) -> Sequence[Row[Any]]:
    """Return an employee's newest keys, the revoked and expired ones too."""
    return await database.read(_NEWEST, {"owner_id": owner_id})


async def last_used(database: Database, ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Return when each of these keys that was ever used was used last."""
    return {row.api_key_id: row.used_at for row in await database.read(_USED, {"ids": ids})}


async def usable(session: AsyncSession, owner_id: UUID, *, at: datetime) -> Sequence[ApiKey]:
    """Return the keys of an employee that are neither revoked nor expired."""
    mine = select(ApiKey).where(
        ApiKey.owner_id == owner_id, ApiKey.revoked_at.is_(None), ApiKey.expires_at > at
    )
    return (await session.scalars(mine.order_by(ApiKey.id))).all()


async def authenticated(session: AsyncSession, key: str, *, at: datetime) -> ApiKey:
    """Return the API key that was shown as this text; raise Unauthenticated unless it can be used."""
    query = select(ApiKey).join(Employee, Employee.id == ApiKey.owner_id)
    found = await session.scalar(query.where(ApiKey.hash == digest(key), Employee.active))
    if found is None or found.revoked_at is not None or found.expires_at <= at:
        raise Unauthenticated("This API key is unknown, revoked or expired; create another one")
    return found
