"""What can happen to a campaign."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.messaging.outbox import emit
from chassis.money import Money
from marketing.campaigns.models import Campaign, CampaignChannel
from roundel.marketing.v1 import marketing_events_pb2 as events


async def launch_campaign(
    session: AsyncSession,
    *,
    name: str,
    channel: CampaignChannel,
    source_code: str,
    starts_on: date,
    ends_on: date | None = None,
    budget: Money | None = None,
    at: datetime | None = None,
    custom: Sequence[Given] | None = None,
) -> Campaign:
    """Enter a campaign; raise Conflict when another one has its source code."""
    campaign = Campaign(
        name=_named(name),
        channel=channel,
        source_code=_coded(source_code),
        starts_on=starts_on,
        ends_on=ends_on,
        budget_amount=budget.amount if budget else None,
        budget_currency=budget.currency if budget else None,
        created_at=at or now(),
    )
    _check_dates(campaign)
    await fields.write(session, campaign, custom)
    try:
        async with session.begin_nested():
            session.add(campaign)
    except IntegrityError as error:
        raise Conflict(
            f"The source code {campaign.source_code} belongs to another campaign; take a new one",
            path=("input", "sourceCode"),
        ) from error
    _tell(session, campaign)
    return campaign


async def update_campaign(
    session: AsyncSession, id: UUID, *, expected_version: int | None, changes: Mapping[str, Any]
) -> Campaign:
    """Set the named columns of a campaign; a column that is not named stays."""
    campaign = await fetch(session, Campaign, id, expected_version=expected_version)
    for column, value in changes.items():
        setattr(campaign, column, _named(value) if column == "name" else value)
    _check_dates(campaign)
    await session.flush()
    return campaign


async def remove_campaign(session: AsyncSession, campaign: Campaign) -> None:
    """Forget a campaign that was entered by mistake; raises IntegrityError when something refers to it."""
    await session.delete(campaign)
    await session.flush()
    removed = events.CampaignRemoved(
        campaign_id=str(campaign.id), version=campaign.version + 1, name=campaign.name
    )
    removed.occurred_at.FromDatetime(now())
    emit(session, removed, subject=campaign.id)


def _named(name: str) -> str:
    clean = " ".join(name.split())
    if not clean or len(clean) > 200:
        raise Invalid("A campaign needs a name of 1 to 200 characters", path=("input", "name"))
    return clean


def _coded(code: str) -> str:
    clean = code.strip()
    if not clean or len(clean) > 50:
        raise Invalid("A source code has 1 to 50 characters", path=("input", "sourceCode"))
    return clean


def _check_dates(campaign: Campaign) -> None:
    if campaign.ends_on and campaign.ends_on < campaign.starts_on:
        raise Invalid("A campaign cannot end before it starts", path=("input", "endsOn"))


def _tell(session: AsyncSession, campaign: Campaign) -> None:
    launched = events.CampaignLaunched(
        campaign_id=str(campaign.id),
        version=campaign.version,
        name=campaign.name,
        channel=campaign.channel.value,
    )
    if campaign.budget_amount is not None:
        launched.budget.amount = str(campaign.budget_amount)
        launched.budget.currency = campaign.budget_currency or ""
    launched.occurred_at.FromDatetime(campaign.created_at)
    emit(session, launched, subject=campaign.id)
