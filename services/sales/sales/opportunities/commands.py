"""What can happen to an opportunity."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.messaging.outbox import emit
from chassis.money import Money
from sales.opportunities import events
from sales.opportunities.models import Opportunity, OpportunityStatus
from sales.pipelines.models import PipelineStage
from sales.pipelines.pipeline import Pipeline
from sales.pipelines.queries import get_pipeline
from sales.products.queries import require_products

MOST_EVIDENCE = 100

Evidence = Mapping[str, bool | int | float | str]


async def open_opportunity(
    session: AsyncSession,
    *,
    name: str,
    amount: Money | None = None,
    product_id: UUID | None = None,
    engaged_on: date | None = None,
    evidence: Evidence | None = None,
    at: datetime | None = None,
    custom: Sequence[Given] | None = None,
    **details: Any,
) -> Opportunity:
    """Begin a deal in the first stage.

    `details` names further columns of Opportunity. Raises Invalid without a name or for a negative
    amount and NotFound for an unknown product.
    """
    began = at or now()
    await require_products(session, [product_id] if product_id else [])
    opportunity = Opportunity(
        name=clean_name(name),
        stage=(await get_pipeline(session)).first.key,
        amount=amount.not_negative("input", "amount").amount if amount else None,
        currency=amount.currency if amount else None,
        product_id=product_id,
        engaged_on=engaged_on or began.date(),
        evidence=dict(evidence or {}),
        created_at=began,
        **details,
    )
    await fields.write(session, opportunity, custom)
    session.add(opportunity)
    await session.flush()
    emit(session, events.opened(opportunity, at=began), subject=opportunity.id)
    return opportunity


async def record_evidence(
    session: AsyncSession, id: UUID, *, evidence: Evidence, expected_version: int | None = None
) -> Opportunity:
    """Note facts that exit criteria look at; a fact of the same key is replaced."""
    opportunity = await fetch(session, Opportunity, id, expected_version=expected_version)
    opportunity.require_open()
    together = {**opportunity.evidence, **evidence}
    if len(together) > MOST_EVIDENCE:
        raise Invalid(f"An opportunity has at most {MOST_EVIDENCE} facts", path=("input", "evidence"))
    opportunity.evidence = together
    await session.flush()
    return opportunity


async def advance_opportunity(
    session: AsyncSession, id: UUID, *, expected_version: int | None = None, at: datetime | None = None
) -> Opportunity:
    """Take a deal to its next stage; into the last one it goes as won.

    Raises Conflict with the criteria that are not met.
    """
    opportunity = await fetch(session, Opportunity, id, expected_version=expected_version)
    opportunity.require_open()
    pipeline = await get_pipeline(session, opportunity.pipeline)
    missing = pipeline.missing(opportunity.stage, opportunity.record())
    if missing:
        reasons = "; ".join(criterion["label_en"] for criterion in missing)
        raise Conflict(
            f"{opportunity.name} cannot leave {opportunity.stage} yet. Missing: {reasons}", unmet=missing
        )
    following = pipeline.after(opportunity.stage)
    when = at or now()
    if following is pipeline.won:
        await _win(session, opportunity, pipeline, at=when, closed_on=closing_day(opportunity, when))
    else:
        await _move(session, opportunity, following, at=when)
    return opportunity


async def lose_opportunity(
    session: AsyncSession,
    id: UUID,
    *,
    reason: str,
    expected_version: int | None = None,
    at: datetime | None = None,
) -> Opportunity:
    """Give a deal up, with the reason."""
    opportunity = await fetch(session, Opportunity, id, expected_version=expected_version)
    opportunity.require_open()
    if not reason.strip():
        raise Invalid("Say why the deal was lost", path=("input", "reason"))
    when = at or now()
    opportunity.status = OpportunityStatus.LOST
    opportunity.lost_reason = reason.strip()
    opportunity.closed_on = closing_day(opportunity, when)
    await session.flush()
    emit(session, events.lost(opportunity, at=when), subject=opportunity.id)
    return opportunity


async def note_signature(session: AsyncSession, id: UUID, *, contract_id: UUID, at: datetime) -> None:
    """Take a deal to the stage before winning, step by step, since its contract is signed.

    Raises Conflict when the deal is lost; one that is won already stays as it is.
    """
    opportunity = await fetch(session, Opportunity, id)
    if opportunity.status is OpportunityStatus.WON:
        return
    opportunity.require_open()
    signed = {"terms_agreed": True, "contract_signed": True, "contract_id": str(contract_id)}
    opportunity.evidence = {**opportunity.evidence, **signed}
    await session.flush()
    pipeline = await get_pipeline(session, opportunity.pipeline)
    await _approach(session, opportunity, pipeline, at=at)


async def note_receipt(
    session: AsyncSession, id: UUID, *, contract_id: UUID, total: Money, at: datetime
) -> None:
    """Win a deal when money came in for its signed contract; a decided deal stays as it is."""
    opportunity = await fetch(session, Opportunity, id)
    if opportunity.status is not OpportunityStatus.OPEN:
        return
    opportunity.evidence = {**opportunity.evidence, "money_received": True}
    await session.flush()
    pipeline = await get_pipeline(session, opportunity.pipeline)
    if pipeline.is_won(opportunity.record()):
        await _approach(session, opportunity, pipeline, at=at)
        opportunity.close_amount, opportunity.close_currency = total.amount, total.currency
        closed_on = max(at.date(), opportunity.engaged_on or at.date())
        await _win(session, opportunity, pipeline, at=at, closed_on=closed_on, contract_id=contract_id)


def clean_name(name: str) -> str:
    """Return the name without needless spaces; raise Invalid when nothing is left."""
    clean = " ".join(name.split())
    if not clean:
        raise Invalid("An opportunity needs a name", path=("input", "name"))
    return clean


def closing_day(opportunity: Opportunity, at: datetime) -> date:
    """Return the day of the decision; raise Invalid when it is before the first contact."""
    if opportunity.engaged_on and at.date() < opportunity.engaged_on:
        raise Invalid(
            f"{opportunity.name} cannot end before it began on {opportunity.engaged_on}", path=("input", "at")
        )
    return at.date()


async def _approach(
    session: AsyncSession, opportunity: Opportunity, pipeline: Pipeline, *, at: datetime
) -> None:
    while (following := pipeline.after(opportunity.stage)) is not pipeline.won:
        await _move(session, opportunity, following, at=at)


async def _move(
    session: AsyncSession, opportunity: Opportunity, stage: PipelineStage, *, at: datetime
) -> None:
    before, opportunity.stage = opportunity.stage, stage.key
    await session.flush()
    emit(session, events.stage_changed(opportunity, before, at=at), subject=opportunity.id)


async def _win(
    session: AsyncSession,
    opportunity: Opportunity,
    pipeline: Pipeline,
    *,
    at: datetime,
    closed_on: date,
    contract_id: UUID | None = None,
) -> None:
    await _move(session, opportunity, pipeline.won, at=at)
    opportunity.status = OpportunityStatus.WON
    opportunity.closed_on = closed_on
    await session.flush()
    emit(session, events.won(opportunity, at=at, contract_id=contract_id), subject=opportunity.id)
