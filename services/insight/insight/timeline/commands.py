"""How happenings are remembered."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from google.protobuf.message import Message
from sqlalchemy import Table, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import now
from chassis.messaging.envelope import Envelope
from chassis.messaging.outbox import emit
from chassis.protojson.printing import to_dict
from insight.timeline.models import Happening, Origin
from roundel.insight.v1.insight_events_pb2 import TimelineEntryAdded

NEWS = timedelta(days=1)  # what is entered later is history; an import of years would tell nobody anything

_HAPPENING: Table = Happening.__table__  # type: ignore[assignment]
_COLUMNS = ", ".join(_HAPPENING.c.keys())
_REMEMBER = text(
    f"INSERT INTO happening ({_COLUMNS}) SELECT {_COLUMNS}"
    " FROM json_populate_recordset(NULL::happening, CAST(:rows AS json))"
)


async def happening(session: AsyncSession, event: Any, envelope: Envelope) -> dict[str, Any]:
    """Return what to remember of an event, and tell of it if it is news of a customer."""
    prospect, lead = _id(event, "prospect_id"), _id(event, "lead_id")
    customer = _id(event, "customer_id") or await _customer_of(session, prospect, lead)
    occurred_at = _occurred_at(event, envelope)
    if customer is not None and now() - occurred_at < NEWS:
        added = TimelineEntryAdded(
            entry_id=str(envelope.id), version=1, customer_id=str(customer), type=envelope.type
        )
        added.occurred_at.FromDatetime(occurred_at)
        emit(session, added, subject=envelope.id)
    return {
        "id": envelope.id,
        "type": envelope.type,
        "subject_id": envelope.subject,
        "customer_id": customer,
        "prospect_id": prospect,
        "lead_id": lead,
        "actor_id": envelope.actor,
        "occurred_at": occurred_at,
        "data": to_dict(event),
    }


async def remember(session: AsyncSession, happenings: Sequence[Mapping[str, Any]]) -> None:
    """Keep what happened for the timelines of the customers it concerns."""
    await session.execute(_REMEMBER, {"rows": orjson.dumps(happenings, default=str).decode()})


async def link_origin(
    session: AsyncSession, *, customer_id: UUID, lead_id: UUID, prospect_id: UUID | None
) -> None:
    """Put what a lead and its prospect did before on the timeline of the customer they became."""
    for origin in filter(None, (lead_id, prospect_id)):
        row = insert(Origin).values(id=origin, customer_id=customer_id)
        await session.execute(row.on_conflict_do_nothing())
    whose = or_(_HAPPENING.c.lead_id == lead_id, _HAPPENING.c.prospect_id == prospect_id)
    waiting = update(_HAPPENING).where(whose, _HAPPENING.c.customer_id.is_(None))
    await session.execute(waiting.values(customer_id=customer_id))


async def _customer_of(session: AsyncSession, *origins: UUID | None) -> UUID | None:
    if not (ids := [origin for origin in origins if origin]):
        return None
    with session.no_autoflush:  # what a batch told until here is written together, at its end
        return await session.scalar(select(Origin.customer_id).where(Origin.id.in_(ids)).limit(1))


def _id(event: Message, field: str) -> UUID | None:
    value = getattr(event, field, "")
    return UUID(value) if value else None


def _occurred_at(event: Any, envelope: Envelope) -> Any:
    from_event = getattr(event, "occurred_at", None)
    if from_event is None or not event.HasField("occurred_at"):
        return envelope.time
    return from_event.ToDatetime(tzinfo=envelope.time.tzinfo)
