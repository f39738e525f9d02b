"""What can happen to touchpoints."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.errors import Invalid
from chassis.messaging.outbox import emit
from marketing.campaigns.queries import known_campaign
from marketing.prospects.models import Prospect
from marketing.touchpoints.models import Touchpoint, TouchpointKind
from roundel.marketing.v1 import marketing_events_pb2 as events

LONGEST = 500


async def record_touchpoint(
    session: AsyncSession,
    *,
    kind: TouchpointKind,
    prospect_id: UUID | None = None,
    customer_id: UUID | None = None,
    campaign_id: UUID | None = None,
    form_id: UUID | None = None,
    detail: str | None = None,
    page: str | None = None,
    answers: Sequence[dict[str, Any]] = (),
    at: datetime | None = None,
) -> Touchpoint:
    """Write down how a prospect or a customer met us; a converted prospect's customer gets it too.

    Raises Invalid unless exactly one of them is named, and NotFound for an unknown prospect or campaign.
    """
    if (prospect_id is None) == (customer_id is None):
        raise Invalid("Name the prospect or the customer, not both", path=("input", "prospectId"))
    for name, text in (("detail", detail), ("page", page)):
        if text and len(text) > LONGEST:
            raise Invalid(f"{name} has at most {LONGEST} characters", path=("input", name))
    if prospect_id is not None:
        customer_id = (await fetch(session, Prospect, prospect_id)).customer_id
    if campaign_id is not None:
        await known_campaign(session, campaign_id)
    touchpoint = Touchpoint(
        kind=kind,
        prospect_id=prospect_id,
        customer_id=customer_id,
        campaign_id=campaign_id,
        form_id=form_id,
        detail=detail,
        page=page,
        answers=list(answers),
        occurred_at=at or now(),
    )
    session.add(touchpoint)
    await session.flush()
    _tell(session, touchpoint)
    return touchpoint


def _tell(session: AsyncSession, touchpoint: Touchpoint) -> None:
    recorded = events.TouchpointRecorded(
        touchpoint_id=str(touchpoint.id),
        version=touchpoint.version,
        prospect_id=str(touchpoint.prospect_id or ""),
        customer_id=str(touchpoint.customer_id or ""),
        campaign_id=str(touchpoint.campaign_id or ""),
        kind=touchpoint.kind.value,
        detail=touchpoint.detail or "",
    )
    recorded.occurred_at.FromDatetime(touchpoint.occurred_at)
    emit(session, recorded, subject=touchpoint.id)
