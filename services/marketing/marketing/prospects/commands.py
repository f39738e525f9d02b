"""What can happen to a prospect."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.errors import Conflict
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.messaging.outbox import emit
from marketing.prospects import queries
from marketing.prospects.models import Prospect, ProspectStatus
from marketing.touchpoints.models import Touchpoint
from roundel.marketing.v1 import marketing_events_pb2 as events


async def capture_prospect(
    session: AsyncSession,
    *,
    details: Mapping[str, str],
    source: str,
    campaign_id: UUID | None,
    at: datetime,
    custom: Sequence[Given] | None = None,
) -> Prospect:
    """Return the prospect of this e-mail address or phone number, entered now if nobody knew it.

    `details` names columns of Prospect, at least `email` or `phone`. A known prospect keeps its source,
    its campaign and what it said before; only what was empty is filled in.
    """
    email, phone = details.get("email"), details.get("phone")
    await _one_at_a_time(session, email, phone)
    known = await queries.prospects_reached_by(session, email=email, phone=phone)
    if known:
        return await _completed(session, known[0], details, phone_is_free=len(known) == 1)
    prospect = Prospect(
        **{"company": details.get("contact_name") or email or phone, **details},
        source=source,
        campaign_id=campaign_id,
        captured_at=at,
    )
    await fields.write(session, prospect, custom)
    session.add(prospect)
    await session.flush()
    captured = events.ProspectCaptured(
        prospect_id=str(prospect.id),
        version=prospect.version,
        campaign_id=str(prospect.campaign_id or ""),
        source=prospect.source,
        company=prospect.company,
    )
    captured.occurred_at.FromDatetime(at)
    emit(session, captured, subject=prospect.id)
    return prospect


async def remove_prospect(session: AsyncSession, prospect: Prospect) -> None:
    """Forget somebody who was entered by mistake; raises Conflict once sales or a customer came of it.

    Raises IntegrityError when something refers to them.
    """
    if prospect.status is not ProspectStatus.CAPTURED:
        raise Conflict(f"{prospect.company} is {prospect.status.value} already")
    await session.delete(prospect)
    await session.flush()
    removed = events.ProspectRemoved(
        prospect_id=str(prospect.id), version=prospect.version + 1, company=prospect.company
    )
    removed.occurred_at.FromDatetime(now())
    emit(session, removed, subject=prospect.id)


async def restore_prospect(session: AsyncSession, prospect: Prospect, details: Mapping[str, Any]) -> None:
    """Give columns of a prospect the values that they had before they were completed by mistake."""
    for column, value in details.items():
        setattr(prospect, column, value)
    await session.flush()


async def qualify_prospect(
    session: AsyncSession, id: UUID, *, expected_version: int | None = None, at: datetime | None = None
) -> Prospect:
    """Hand a prospect to sales; raise Conflict when that was done before."""
    prospect = await fetch(session, Prospect, id, expected_version=expected_version)
    if prospect.status is not ProspectStatus.CAPTURED:
        raise Conflict(f"{prospect.company} is {prospect.status.value} already", path=("input", "id"))
    prospect.status = ProspectStatus.QUALIFIED
    await session.flush()
    _tell_qualified(session, prospect, at or now())
    return prospect


async def convert_prospect(session: AsyncSession, id: UUID, *, customer_id: UUID) -> Prospect:
    """Note that a prospect became a customer, who inherits its touchpoints; the first conversion stands."""
    prospect = await fetch(session, Prospect, id)
    if prospect.customer_id is not None:
        return prospect
    prospect.customer_id = customer_id
    prospect.status = ProspectStatus.CONVERTED
    inherited = select(Touchpoint).where(Touchpoint.prospect_id == id, Touchpoint.customer_id.is_(None))
    for touchpoint in await session.scalars(inherited.with_for_update()):
        touchpoint.customer_id = customer_id
    await session.flush()
    return prospect


async def _one_at_a_time(session: AsyncSession, *contacts: str | None) -> None:
    """Two submissions of one person wait for each other, and so make one prospect."""
    for contact in sorted(filter(None, contacts)):
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(contact, 0))))


async def _completed(
    session: AsyncSession, prospect: Prospect, details: Mapping[str, str], *, phone_is_free: bool
) -> Prospect:
    for column, value in details.items():
        if getattr(prospect, column) is None and (column != "phone" or phone_is_free):
            setattr(prospect, column, value)
    await session.flush()
    return prospect


def _tell_qualified(session: AsyncSession, prospect: Prospect, at: datetime) -> None:
    qualified = events.ProspectQualified(
        prospect_id=str(prospect.id),
        version=prospect.version,
        campaign_id=str(prospect.campaign_id or ""),
        source=prospect.source,
        company=prospect.company,
        contact_name=prospect.contact_name or "",
        email=prospect.email or "",
        phone=prospect.phone or "",
        region=prospect.region or "",
        industry=prospect.industry or "",
        product_interest=prospect.product_interest or "",
        message=prospect.message or "",
        customer_id=str(prospect.customer_id or ""),
    )
    qualified.occurred_at.FromDatetime(at)
    emit(session, qualified, subject=prospect.id)
