"""Reads of roles."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.roles import narrowed, parse
from chassis.database import Database
from chassis.errors import Invalid
from identity.roles.catalogue import EVERYBODY
from identity.roles.models import Role

MOST_ROLES = 200

_TABLE = Role.__table__
_ALL = select(_TABLE).order_by(_TABLE.c.name).limit(2 * MOST_ROLES)


async def all_roles(database: Database) -> Sequence[Row[Any]]:
    """Return the roles by name, the retired ones too."""
    return await database.read(_ALL)


async def in_use(session: AsyncSession) -> int:
    """Return how many roles are not retired."""
    return await session.scalar(select(func.count()).select_from(Role).where(~Role.retired)) or 0


async def by_name(session: AsyncSession) -> dict[str, Role]:
    """Return all roles by their names."""
    return {role.name: role for role in await session.scalars(select(Role))}


async def known(session: AsyncSession, names: Iterable[str]) -> list[str]:
    """Return the names of roles that somebody may be given, each once; raise Invalid for any other."""
    wanted = sorted(set(names))
    query = select(Role.name).where(Role.name.in_(wanted), ~Role.retired, Role.name != EVERYBODY)
    found = set(await session.scalars(query))
    if unknown := [name for name in wanted if name not in found]:
        raise Invalid(
            f"There is no role {', '.join(unknown)} to be given; the query `roles` lists them",
            path=("input", "roles"),
        )
    return wanted


async def grants_of(
    session: AsyncSession, names: Iterable[str], *, scopes: Sequence[str] = ()
) -> frozenset[str]:
    """Return as `object:action` what these roles grant within the scopes; a retired one grants nothing."""
    query = select(Role.definition).where(Role.name.in_(list(names)), ~Role.retired)
    definitions = (await session.scalars(query)).all()
    return frozenset().union(*(flat(definition, scopes=scopes) for definition in definitions))


def flat(definition: Any, *, scopes: Sequence[str] = ()) -> frozenset[str]:
    """Return as `object:action` what a definition grants within the scopes, whatever the rows and fields."""
    return frozenset(
        f"{noun}:{action}"
        for grant in narrowed(parse(definition).grants, scopes)
        for noun in grant.objects
        for action in grant.actions
    )
