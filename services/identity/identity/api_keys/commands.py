"""What can happen to an API key."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch
from chassis.errors import Forbidden, Invalid, LimitExceeded
from identity import principals
from identity.api_keys import queries
from identity.api_keys.models import ApiKey, ApiKeyUse
from identity.employees.models import Employee
from identity.names import clean
from identity.roles.queries import grants_of, known
from identity.secrets import digest
from identity.sessions.commands import Issued, end_sessions, open_session
from identity.sessions.models import How
from identity.signing_keys.tokens import Mint, Subject

MARK = "rk_"
SHOWN = len(MARK) + 8
LONGEST_LIFE = timedelta(days=366)
TOKEN_LIFE = timedelta(minutes=5)
MOST_SCOPES = 100

_SCOPE = re.compile(r"(\*|[a-z][a-z0-9_]{0,59}):(\*|[a-z][a-z0-9_]{0,59})")


async def create_api_key(
    session: AsyncSession,
    *,
    owner_id: UUID,
    name: str,
    roles: Sequence[str],
    any_roles: bool,
    scopes: Sequence[str],
    expires_at: datetime,
    secret: str,
    at: datetime,
) -> ApiKey:
    """Make a key for an employee, with roles that the owner has, or with `any_roles` whichever.

    Raises Invalid for unknown or no roles, scopes that mean nothing and an end that is past or too far,
    Forbidden for roles that the owner lacks, and LimitExceeded when the owner has too many keys.
    """
    owner = await session.get(Employee, owner_id, with_for_update=True)
    if owner is None or not owner.active:
        raise Forbidden("Only employees have API keys; a service account has its own secret")
    named = await known(session, roles)
    if not named:
        raise Invalid("A key without roles may do nothing; name some", path=("input", "roles"))
    if not any_roles and (lacking := sorted(set(named) - set(owner.roles))):
        raise Forbidden(
            f"You do not have the role {', '.join(lacking)} yourself", path=("input", "roles"), roles=lacking
        )
    if not at < expires_at <= at + LONGEST_LIFE:
        raise Invalid(
            f"A key ends in the future and within {LONGEST_LIFE.days} days", path=("input", "expiresAt")
        )
    if len(await queries.usable(session, owner_id, at=at)) >= queries.MOST_KEYS:
        raise LimitExceeded(f"You have {queries.MOST_KEYS} keys; revoke one that nobody needs")
    key = ApiKey(
        name=clean(name, "an API key"),
        owner_id=owner_id,
        prefix=secret[:SHOWN],
        hash=digest(secret),
        roles=named,
        scopes=_checked(scopes),
        expires_at=expires_at,
    )
    session.add(key)
    await session.flush()
    tell(session, key, owner)
    return key


async def revoke_api_key(
    session: AsyncSession, id: UUID, *, at: datetime, expected_version: int | None = None
) -> ApiKey:
    """Let a key open nothing any more; its tokens end with it."""
    key = await fetch(session, ApiKey, id, expected_version=expected_version)
    if key.revoked_at is None:
        await _revoke(session, key, await fetch(session, Employee, key.owner_id), at=at)
    return key


async def revoke_all(session: AsyncSession, owner: Employee, *, at: datetime) -> None:
    """Revoke the keys of somebody who leaves."""
    for key in await queries.usable(session, owner.id, at=at):
        await _revoke(session, key, owner, at=at)


async def follow_owner(session: AsyncSession, owner: Employee, *, at: datetime) -> None:
    """Put the keys of somebody who moved into the owner's new team."""
    for key in await queries.usable(session, owner.id, at=at):
        key.updated_at = at  # which raises the version that orders what is told
        await session.flush()
        tell(session, key, owner)


async def exchange(session: AsyncSession, mint: Mint, secret: str, *, at: datetime) -> Issued:
    """Return a token of a few minutes for a key; raise Unauthenticated unless the key can be used."""
    key = await queries.authenticated(session, secret, at=at)
    used = insert(ApiKeyUse).values(api_key_id=key.id, used_at=at)
    latest = {"used_at": used.excluded.used_at}
    await session.execute(used.on_conflict_do_update(index_elements=[ApiKeyUse.api_key_id], set_=latest))
    grants = await grants_of(session, key.roles, scopes=key.scopes)
    subject = Subject("service", key.id, key.name, key.roles, grants)
    until = min(at + TOKEN_LIFE, key.expires_at)
    return await open_session(session, mint, subject, how=How.API_KEY, at=at, until=until)


def tell(session: AsyncSession, key: ApiKey, owner: Employee) -> None:
    """Tell the others who this key is."""
    principals.tell(
        session,
        key,
        "service",
        roles=key.roles,
        active=key.revoked_at is None,
        team_id=owner.team_id,
        scopes=key.scopes,
    )


async def _revoke(session: AsyncSession, key: ApiKey, owner: Employee, *, at: datetime) -> None:
    key.revoked_at = at
    await session.flush()
    await end_sessions(session, key.id, at=at)
    tell(session, key, owner)


def _checked(scopes: Sequence[str]) -> list[str]:
    for index, scope in enumerate(scopes):
        if not _SCOPE.fullmatch(scope):
            raise Invalid(
                f"{scope!r} is no scope; scopes are like lead:read or lead:*", path=("input", "scopes", index)
            )
    if len(scopes) > MOST_SCOPES:
        raise LimitExceeded(f"A key has at most {MOST_SCOPES} scopes", path=("input", "scopes"))
    return sorted(set(scopes))
