"""Telling the other services who somebody is, for the question of what they may do."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import Kind
from chassis.database import now
from chassis.messaging.outbox import emit
from roundel.identity.v1 import identity_events_pb2 as events


class Row(Protocol):
    """What the rows of all kinds of principals have."""

    id: UUID
    version: int


def tell(
    session: AsyncSession,
    row: Row,
    kind: Kind,
    *,
    roles: Sequence[str],
    active: bool,
    team_id: UUID | None = None,
    scopes: Sequence[str] = (),
) -> None:
    """Tell all that is known of a principal at the row's version, so flush before."""
    changed = events.PrincipalChanged(
        principal_id=str(row.id),
        version=row.version,
        kind=kind,
        team_id=str(team_id or ""),
        roles=roles,
        active=active,
        scopes=scopes,
    )
    changed.occurred_at.FromDatetime(now())
    emit(session, changed, subject=row.id)
