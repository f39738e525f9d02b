"""How facts follow the events: each event sets what it tells, an older one never undoes a newer."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Table, case, func
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from insight.facts.models import OpportunityFact, OpportunityOutcome
from roundel.common.v1.money_pb2 import Money
from roundel.sales.v1 import sales_events_pb2 as sales

_FACT: Table = OpportunityFact.__table__  # type: ignore[assignment]


def _upsert(*, always: tuple[str, ...] = (), if_newer: tuple[str, ...]) -> Insert:
    """Return the statement, built once, that takes in one kind of event."""
    row = insert(_FACT)
    newer = row.excluded.version > _FACT.c.version
    changes: dict[str, Any] = {column: row.excluded[column] for column in always}
    for column in ("name", "customer_id", "owner_id", *if_newer):
        changes[column] = case((newer, row.excluded[column]), else_=_FACT.c[column])
    changes["version"] = func.greatest(row.excluded.version, _FACT.c.version)
    return row.on_conflict_do_update(index_elements=[_FACT.c.id], set_=changes)


_MONEY = ("amount", "currency")
_OPENED = _upsert(always=("product_id", "campaign_id", "engaged_on"), if_newer=("stage", *_MONEY))
_MOVED = _upsert(if_newer=("stage",))
_WON = _upsert(if_newer=("outcome", *_MONEY, "engaged_on", "closed_on"))
_KNOWN = _upsert(
    if_newer=("outcome", "stage", "product_id", "engaged_on", *_MONEY, "closed_on", "lost_reason")
)
_LOST = _upsert(if_newer=("outcome", "lost_reason", "engaged_on", "closed_on"))


async def opportunity_opened(session: AsyncSession, event: sales.OpportunityOpened) -> None:
    """Take in a new opportunity."""
    told = {
        "outcome": OpportunityOutcome.OPEN,
        "stage": event.stage,
        "product_id": _id(event.product_id),
        "campaign_id": _id(event.campaign_id),
        "engaged_on": _date(event.engaged_on),
    }
    await session.execute(_OPENED, {**_described(event), **told, **_money(event.amount)})


async def stage_changed(session: AsyncSession, event: sales.OpportunityStageChanged) -> None:
    """Follow an opportunity to its next stage."""
    told = {"outcome": OpportunityOutcome.OPEN, "stage": event.to_stage}
    await session.execute(_MOVED, {**_described(event), **told})


async def opportunity_won(session: AsyncSession, event: sales.OpportunityWon) -> None:
    """Note that and for how much an opportunity was won."""
    told = {"outcome": OpportunityOutcome.WON, **_ended(event), **_money(event.amount)}
    await session.execute(_WON, {**_described(event), **told})


async def opportunity_lost(session: AsyncSession, event: sales.OpportunityLost) -> None:
    """Note that an opportunity was lost, and why."""
    told = {"outcome": OpportunityOutcome.LOST, "lost_reason": event.reason or None, **_ended(event)}
    await session.execute(_LOST, {**_described(event), **told})


async def opportunity_changed(session: AsyncSession, event: sales.OpportunityChanged) -> None:
    """Take in what is known of an opportunity now."""
    ended = {"closed_on": _date(event.closed_on), "lost_reason": event.lost_reason or None}
    told = {"outcome": OpportunityOutcome(event.status), **_now_known(event), **ended}
    await session.execute(_KNOWN, {**_described(event), **told})


async def opportunity_reopened(session: AsyncSession, event: sales.OpportunityReopened) -> None:
    """Count an opportunity as open again."""
    told = {"outcome": OpportunityOutcome.OPEN, **_now_known(event), "closed_on": None, "lost_reason": None}
    await session.execute(_KNOWN, {**_described(event), **told})


def _now_known(event: Any) -> dict[str, Any]:
    return {
        "stage": event.stage,
        "product_id": _id(event.product_id),
        "engaged_on": _date(event.engaged_on),
        **_money(event.amount),
    }


def _described(event: Any) -> dict[str, Any]:
    return {
        "id": UUID(event.opportunity_id),
        "version": event.version,
        "name": event.name,
        "customer_id": _id(event.customer_id),
        "owner_id": _id(event.owner_id),
    }


def _ended(event: Any) -> dict[str, Any]:
    return {"engaged_on": _date(event.engaged_on), "closed_on": _date(event.closed_on)}


def _id(text: str) -> UUID | None:
    return UUID(text) if text else None


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _money(money: Money) -> dict[str, Any]:
    known = bool(money.amount)
    return {"amount": Decimal(money.amount) if known else None, "currency": money.currency if known else None}
