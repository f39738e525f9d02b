"""What can happen to a role."""

import re
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.roles import parse, to_json
from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid, LimitExceeded
from chassis.messaging.outbox import emit
from identity.names import clean
from identity.roles import queries
from identity.roles.catalogue import ADMINISTRATOR, EVERYBODY, ROLES, ShippedRole
from identity.roles.models import Role
from roundel.identity.v1 import identity_events_pb2 as events

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


async def ship(session: AsyncSession) -> None:
    """Bring the shipped roles to what the catalogue says, but for those that an administrator changed."""
    there = await queries.by_name(session)
    for shipped in ROLES.values():
        role = there.get(shipped.name)
        if role is None:
            role = Role(name=shipped.name, shipped=True)
            session.add(role)
        elif not role.shipped or role.customised or _as_shipped(role, shipped):
            continue
        role.title, role.title_en = shipped.title, shipped.title_en
        role.definition = to_json(parse(shipped.definition))
        await session.flush()
        _tell(session, role)


async def define_role(
    session: AsyncSession, *, name: str, title: str, title_en: str, definition: Any
) -> Role:
    """Make a role.

    Raises Invalid for a wrong name or definition, Conflict when the name is taken, also by a retired role,
    and LimitExceeded when there are too many.
    """
    if not _NAME.fullmatch(name):
        raise Invalid(
            "A role's name has up to 60 small letters, digits and underscores and begins with a letter",
            path=("input", "name"),
        )
    await _leave_room(session)
    role = Role(name=name, title=clean(title, "a role"), title_en=clean(title_en, "a role"))
    role.definition = _checked(definition)
    try:
        async with session.begin_nested():
            session.add(role)
    except IntegrityError as error:
        raise Conflict(
            f"There is a role {name} already; change or restore that one, or choose another name",
            path=("input", "name"),
        ) from error
    _tell(session, role)
    return role


async def change_role(
    session: AsyncSession,
    id: UUID,
    *,
    title: str | None = None,
    title_en: str | None = None,
    definition: Any = None,
    expected_version: int | None = None,
) -> Role:
    """Give a role other titles or another definition; what is None stays.

    A shipped role is the company's own from then on. Raises Conflict for the administrator's role, so that
    nobody can lock everybody out, and Invalid for a wrong definition.
    """
    role = await _changeable(session, id, expected_version)
    if title is not None:
        role.title = clean(title, "a role")
    if title_en is not None:
        role.title_en = clean(title_en, "a role")
    if definition is not None:
        role.definition = _checked(definition)
    role.customised = role.shipped
    await session.flush()
    _tell(session, role)
    return role


async def retire_role(session: AsyncSession, id: UUID, *, expected_version: int | None = None) -> Role:
    """Let a role allow nothing from now on, to whomever it was given.

    Raises Conflict for the roles that are needed always.
    """
    role = await _changeable(session, id, expected_version)
    if role.name == EVERYBODY:
        raise Conflict("Every employee has this role; change what it grants instead")
    return await _retire(session, role, True)


async def restore_role(session: AsyncSession, id: UUID, *, expected_version: int | None = None) -> Role:
    """Let a retired role allow again what it says; raise LimitExceeded when there are too many."""
    role = await _changeable(session, id, expected_version)
    await _leave_room(session)
    return await _retire(session, role, False)


async def _retire(session: AsyncSession, role: Role, retired: bool) -> Role:
    if role.retired is not retired:
        role.retired, role.customised = retired, role.shipped
        await session.flush()
        _tell(session, role)
    return role


async def _changeable(session: AsyncSession, id: UUID, expected_version: int | None) -> Role:
    role = await fetch(session, Role, id, expected_version=expected_version)
    if role.name == ADMINISTRATOR:
        raise Conflict("Administrators may do everything, always; define another role for less")
    return role


async def _leave_room(session: AsyncSession) -> None:
    if await queries.in_use(session) >= queries.MOST_ROLES:
        raise LimitExceeded(f"There are {queries.MOST_ROLES} roles; retire one that nobody needs")


def _checked(definition: Any) -> dict[str, Any]:
    try:
        return to_json(parse(definition))
    except Invalid as error:
        raise Invalid(error.message, path=("input", "definition", *error.path), **error.facts) from None


def _as_shipped(role: Role, shipped: ShippedRole) -> bool:
    now_, then = (role.title, role.title_en), (shipped.title, shipped.title_en)
    return now_ == then and role.definition == to_json(parse(shipped.definition))


def _tell(session: AsyncSession, role: Role) -> None:
    defined = events.RoleDefined(
        role_id=str(role.id),
        version=role.version,
        name=role.name,
        definition=orjson.dumps(role.definition).decode(),
        retired=role.retired,
    )
    defined.occurred_at.FromDatetime(now())
    emit(session, defined, subject=role.id)
