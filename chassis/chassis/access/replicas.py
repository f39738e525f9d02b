"""Keeping what identity tells: each service adds these handlers to its own, with one line.

The chassis knows no contract, so the service names the messages; their fields are fixed.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from google.protobuf.message import Message
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import models
from chassis.access.roles import parse
from chassis.database import now, uuid7
from chassis.messaging.envelope import Envelope
from chassis.messaging.subscriber import Handler, Handlers


def handlers(
    *,
    principal_changed: type[Message],
    team_placed: type[Message],
    role_defined: type[Message],
    session_ended: type[Message],
) -> Handlers:
    """Return what keeps principals, teams, roles and ended sessions; what is older is ignored."""
    return {
        principal_changed: _principal_changed,
        team_placed: _team_placed,
        role_defined: _role_defined,
        session_ended: _session_ended,
    }


def told(handlers: Handlers) -> bool:
    """Say whether a service with these handlers hears what roles allow."""
    return any(_role_defined in getattr(each, "handlers", (each,)) for each in handlers.values())


async def _principal_changed(session: AsyncSession, event: Any, _: Envelope) -> None:
    row = {
        "id": UUID(event.principal_id),
        "version": event.version,
        "kind": event.kind,
        "team_id": optional_id(event.team_id),
        "roles": list(event.roles),
        "scopes": list(event.scopes),
        "active": event.active,
    }
    await keep(session, models.KnownPrincipal, row)
    await tell(session)


async def _team_placed(session: AsyncSession, event: Any, _: Envelope) -> None:
    row = {
        "id": UUID(event.team_id),
        "version": event.version,
        "path": [UUID(id) for id in event.path],
        "manager_id": optional_id(event.manager_id),
    }
    await keep(session, models.KnownTeam, row)
    await tell(session)


async def _role_defined(session: AsyncSession, event: Any, _: Envelope) -> None:
    definition = orjson.loads(event.definition)
    parse(definition)  # what this release cannot read becomes a dead letter, not a role that allows less
    row = {
        "id": UUID(event.role_id),
        "version": event.version,
        "name": event.name,
        "definition": definition,
        "retired": event.retired,
    }
    await keep(session, models.KnownRole, row)
    await tell(session)


async def _session_ended(session: AsyncSession, event: Any, _: Envelope) -> None:
    expires_at = event.expires_at.ToDatetime(tzinfo=UTC)
    # a token that has expired is refused anyway, so its session need not be remembered
    await session.execute(delete(models.EndedSession).where(models.EndedSession.expires_at < now()))
    row = {"id": UUID(event.session_id), "expires_at": expires_at}
    await session.execute(insert(models.EndedSession).values(row).on_conflict_do_nothing())
    await tell(session)


async def keep(session: AsyncSession, model: Any, row: dict[str, Any]) -> None:
    """Write a replica's row, unless something newer is known."""
    await session.execute(_if_newer(model, tuple(row)), row)


@cache
def _if_newer(model: Any, columns: tuple[str, ...]) -> Insert:
    fresh = insert(model.__table__)
    return fresh.on_conflict_do_update(
        index_elements=["id"],
        set_={name: fresh.excluded[name] for name in columns},
        where=model.__table__.c.version < fresh.excluded.version,
    )


async def tell(session: AsyncSession) -> None:
    """Give the tables a new revision, which every process of the service sees within a second."""
    fresh = insert(models.Revision).values(id=1, revision=uuid7())
    await session.execute(
        fresh.on_conflict_do_update(index_elements=["id"], set_={"revision": fresh.excluded.revision})
    )


def optional_id(given: str) -> UUID | None:
    """Return the id that an event carries, None for an empty one."""
    return UUID(given) if given else None


def together(*parts: Handlers) -> Handlers:
    """Return handlers that run, for each event, those of all parts in this order."""
    joined: dict[type[Message], list[Handler]] = defaultdict(list)
    for part in parts:
        for event, handler in part.items():
            joined[event].append(handler)
    return {
        event: handlers[0] if len(handlers) == 1 else _Each(handlers) for event, handlers in joined.items()
    }


class _Each:
    """Handles an event by several handlers, one after the other."""

    def __init__(self, handlers: Sequence[Handler]) -> None:
        self.handlers = handlers

    async def __call__(self, session: AsyncSession, event: Any, envelope: Envelope) -> None:
        for handler in self.handlers:
            await handler(session, event, envelope)
