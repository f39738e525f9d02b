"""Reads of signing keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database
from identity.signing_keys.models import SigningKey
from identity.signing_keys.tokens import LONGEST_LIFE


async def one_at_a_time(session: AsyncSession) -> None:
    """Let the other replicas and callers wait until this transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("identity.signing_keys"))))


async def newest_key(session: AsyncSession) -> SigningKey | None:
    """Return the key that has no end."""
    return await session.scalar(select(SigningKey).where(SigningKey.signs_until.is_(None)))


async def signing_key(session: AsyncSession, *, at: datetime) -> SigningKey:
    """Return the key that signs at this instant."""
    begun = select(SigningKey).where(SigningKey.signs_from <= at)
    found = await session.scalars(begun.order_by(SigningKey.signs_from.desc()).limit(1))
    return found.one()


async def published_keys(database: Database, *, at: datetime) -> Sequence[dict[str, Any]]:
    """Return the public keys that some valid token may be signed with."""
    needed_since = at - LONGEST_LIFE
    query = select(SigningKey.public).where(
        or_(SigningKey.signs_until.is_(None), SigningKey.signs_until > needed_since)
    )
    return [row.public for row in await database.read(query.order_by(SigningKey.signs_from.desc()))]
