"""What is told of opportunities."""

from datetime import datetime
from typing import Any
from uuid import UUID

from roundel.sales.v1 import sales_events_pb2 as events
from sales import wire
from sales.opportunities.models import Opportunity


def opened(row: Opportunity, *, at: datetime, version: int | None = None) -> events.OpportunityOpened:
    """Say that a deal began."""
    event = events.OpportunityOpened(
        opportunity_id=str(row.id),
        version=version or row.version,
        customer_id=wire.text(row.customer_id),
        name=row.name,
        owner_id=wire.text(row.owner_id),
        stage=row.stage,
        amount=wire.money(row.amount, row.currency),
        product_id=wire.text(row.product_id),
        lead_id=wire.text(row.lead_id),
        campaign_id=wire.text(row.campaign_id),
        engaged_on=wire.text(row.engaged_on),
    )
    event.occurred_at.FromDatetime(at)
    return event


def stage_changed(row: Opportunity, from_stage: str, *, at: datetime) -> events.OpportunityStageChanged:
    """Say that a deal went on to its present stage."""
    event = events.OpportunityStageChanged(
        opportunity_id=str(row.id),
        version=row.version,
        customer_id=wire.text(row.customer_id),
        name=row.name,
        owner_id=wire.text(row.owner_id),
        from_stage=from_stage,
        to_stage=row.stage,
    )
    event.occurred_at.FromDatetime(at)
    return event


def won(row: Opportunity, *, at: datetime, contract_id: UUID | None = None) -> events.OpportunityWon:
    """Say that a deal was made, and for how much."""
    event = events.OpportunityWon(
        opportunity_id=str(row.id),
        version=row.version,
        customer_id=wire.text(row.customer_id),
        name=row.name,
        owner_id=wire.text(row.owner_id),
        amount=wire.money(row.close_amount, row.close_currency) or wire.money(row.amount, row.currency),
        engaged_on=wire.text(row.engaged_on),
        closed_on=wire.text(row.closed_on),
        contract_id=wire.text(contract_id),
    )
    event.occurred_at.FromDatetime(at)
    return event


def lost(row: Opportunity, *, at: datetime) -> events.OpportunityLost:
    """Say that a deal came to nothing, and why."""
    event = events.OpportunityLost(
        opportunity_id=str(row.id),
        version=row.version,
        customer_id=wire.text(row.customer_id),
        name=row.name,
        owner_id=wire.text(row.owner_id),
        reason=row.lost_reason or "",
        engaged_on=wire.text(row.engaged_on),
        closed_on=wire.text(row.closed_on),
    )
    event.occurred_at.FromDatetime(at)
    return event


def changed(row: Opportunity, *, at: datetime) -> events.OpportunityChanged:
    """Say what is known of a deal now."""
    return events.OpportunityChanged(
        **_known(row, at),
        closed_on=wire.text(row.closed_on),
        lost_reason=row.lost_reason or "",
        status=row.status.value,
    )


def reopened(row: Opportunity, *, at: datetime) -> events.OpportunityReopened:
    """Say that a deal is open again."""
    return events.OpportunityReopened(**_known(row, at))


def _known(row: Opportunity, at: datetime) -> dict[str, Any]:
    return {
        "opportunity_id": str(row.id),
        "version": row.version,
        "occurred_at": at,
        "customer_id": wire.text(row.customer_id),
        "name": row.name,
        "owner_id": wire.text(row.owner_id),
        "stage": row.stage,
        "amount": wire.money(row.close_amount, row.close_currency) or wire.money(row.amount, row.currency),
        "product_id": wire.text(row.product_id),
        "engaged_on": wire.text(row.engaged_on),
    }
