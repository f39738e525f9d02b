"""How facts follow the events: each event sets what it tells, an older one never undoes a newer."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Table, case, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from insight.facts.models import OpportunityFact, OpportunityOutcome
from roundel.common.v1.money_pb2 import Money
from roundel.sales.v1 import sales_events_pb2 as sales

_FACT: Table = OpportunityFact.__table__  # type: ignore[assignment]


async def opportunity_opened(session: AsyncSession, event: sales.OpportunityOpened) -> None:
    """Take in a new opportunity."""
    await _tell(
        session,
        event,
        always={
            "product_id": _id(event.product_id),
            "campaign_id": _id(event.campaign_id),
            "engaged_on": _date(event.engaged_on),
        },
        if_newer={"stage": event.stage, **_money(event.amount)},
    )


async def stage_changed(session: AsyncSession, event: sales.OpportunityStageChanged) -> None:
    """Follow an opportunity to its next stage."""
    await _tell(session, event, if_newer={"stage": event.to_stage})


async def opportunity_won(session: AsyncSession, event: sales.OpportunityWon) -> None:
    """Note that and for how much an opportunity was won."""
    ended = {"engaged_on": _date(event.engaged_on), "closed_on": _date(event.closed_on)}
    won = {"outcome": OpportunityOutcome.WON, **_money(event.amount), **ended}
    await _tell(session, event, if_newer=won)


async def opportunity_lost(session: AsyncSession, event: sales.OpportunityLost) -> None:
    """Note that an opportunity was lost, and why."""
    ended = {"engaged_on": _date(event.engaged_on), "closed_on": _date(event.closed_on)}
    lost = {"outcome": OpportunityOutcome.LOST, "lost_reason": event.reason or None, **ended}
    await _tell(session, event, if_newer=lost)


async def _tell(
    session: AsyncSession, event: Any, *, if_newer: dict[str, Any], always: dict[str, Any] | None = None
) -> None:
    described = {
        "name": event.name,
        "customer_id": _id(event.customer_id),
        "owner_id": _id(event.owner_id),
        **(always or {}),
    }
    row = insert(_FACT).values(
        id=UUID(event.opportunity_id),
        version=event.version,
        **{"outcome": OpportunityOutcome.OPEN, **described, **if_newer},
    )
    newer = row.excluded.version > _FACT.c.version
    changes: dict[str, Any] = {column: row.excluded[column] for column in always or {}}
    for column in ("name", "customer_id", "owner_id", *if_newer):
        changes[column] = case((newer, row.excluded[column]), else_=_FACT.c[column])
    changes["version"] = func.greatest(row.excluded.version, _FACT.c.version)
    await session.execute(row.on_conflict_do_update(index_elements=[_FACT.c.id], set_=changes))


def _id(text: str) -> UUID | None:
    return UUID(text) if text else None


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _money(money: Money) -> dict[str, Any]:
    return {"amount": Decimal(money.amount), "currency": money.currency} if money.amount else {}
