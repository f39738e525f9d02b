"""How facts follow the events: each event sets what it tells, an older one never undoes a newer."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from insight.facts.models import OpportunityOutcome
from roundel.common.v1.money_pb2 import Money
from roundel.sales.v1 import sales_events_pb2 as sales

Fact = tuple[TextClause, dict[str, Any]]  # what takes it in, and what is told

_DESCRIBED = ("name", "customer_id", "owner_id")


def _upsert(*, always: tuple[str, ...] = (), if_newer: tuple[str, ...]) -> TextClause:
    """Return the statement that takes in any number of facts told by one kind of event."""
    newer = (*_DESCRIBED, *if_newer)
    columns = ", ".join(dict.fromkeys(("id", "version", "outcome", *newer, *always)))
    known = "excluded.version > opportunity_fact.version"
    changes = [f"{name} = excluded.{name}" for name in always]
    changes += [
        f"{name} = CASE WHEN {known} THEN excluded.{name} ELSE opportunity_fact.{name} END" for name in newer
    ]
    return text(
        f"INSERT INTO opportunity_fact ({columns}) SELECT {columns}"
        " FROM json_populate_recordset(NULL::opportunity_fact, CAST(:rows AS json))"
        f" ON CONFLICT (id) DO UPDATE SET {', '.join(changes)},"
        " version = greatest(excluded.version, opportunity_fact.version)"
    )


_MONEY = ("amount", "currency")
_OPENED = _upsert(always=("product_id", "campaign_id", "engaged_on"), if_newer=("stage", *_MONEY))
_MOVED = _upsert(if_newer=("stage",))
_WON = _upsert(if_newer=("outcome", *_MONEY, "engaged_on", "closed_on"))
_KNOWN = _upsert(
    if_newer=("outcome", "stage", "product_id", "engaged_on", *_MONEY, "closed_on", "lost_reason")
)
_LOST = _upsert(if_newer=("outcome", "lost_reason", "engaged_on", "closed_on"))


async def follow(session: AsyncSession, facts: Sequence[Fact]) -> None:
    """Take in what events told, those of one record in this order."""
    seen: Counter[str] = Counter()
    waves: dict[tuple[int, TextClause], list[dict[str, Any]]] = defaultdict(list)
    for statement, row in facts:  # a statement takes in a record once
        waves[seen[row["id"]], statement].append(row)
        seen[row["id"]] += 1
    for (_, statement), rows in sorted(waves.items(), key=lambda wave: wave[0][0]):
        await session.execute(statement, {"rows": orjson.dumps(rows).decode()})


def opportunity_opened(event: sales.OpportunityOpened) -> Fact:
    """Take in a new opportunity."""
    told = {
        "outcome": OpportunityOutcome.OPEN,
        "stage": event.stage,
        "product_id": event.product_id or None,
        "campaign_id": event.campaign_id or None,
        "engaged_on": event.engaged_on or None,
    }
    return _OPENED, {**_described(event), **told, **_money(event.amount)}


def stage_changed(event: sales.OpportunityStageChanged) -> Fact:
    """Follow an opportunity to its next stage."""
    told = {"outcome": OpportunityOutcome.OPEN, "stage": event.to_stage}
    return _MOVED, {**_described(event), **told}


def opportunity_won(event: sales.OpportunityWon) -> Fact:
    """Note that and for how much an opportunity was won."""
    told = {"outcome": OpportunityOutcome.WON, **_ended(event), **_money(event.amount)}
    return _WON, {**_described(event), **told}


def opportunity_lost(event: sales.OpportunityLost) -> Fact:
    """Note that an opportunity was lost, and why."""
    told = {"outcome": OpportunityOutcome.LOST, "lost_reason": event.reason or None, **_ended(event)}
    return _LOST, {**_described(event), **told}


def opportunity_changed(event: sales.OpportunityChanged) -> Fact:
    """Take in what is known of an opportunity now."""
    ended = {"closed_on": event.closed_on or None, "lost_reason": event.lost_reason or None}
    told = {"outcome": OpportunityOutcome(event.status), **_now_known(event), **ended}
    return _KNOWN, {**_described(event), **told}


def opportunity_reopened(event: sales.OpportunityReopened) -> Fact:
    """Count an opportunity as open again."""
    told = {"outcome": OpportunityOutcome.OPEN, **_now_known(event), "closed_on": None, "lost_reason": None}
    return _KNOWN, {**_described(event), **told}


def _now_known(event: Any) -> dict[str, Any]:
    return {
        "stage": event.stage,
        "product_id": event.product_id or None,
        "engaged_on": event.engaged_on or None,
        **_money(event.amount),
    }


def _described(event: Any) -> dict[str, Any]:
    return {
        "id": event.opportunity_id,
        "version": event.version,
        "name": event.name,
        "customer_id": event.customer_id or None,
        "owner_id": event.owner_id or None,
    }


def _ended(event: Any) -> dict[str, Any]:
    return {"engaged_on": event.engaged_on or None, "closed_on": event.closed_on or None}


def _money(money: Money) -> dict[str, Any]:
    known = bool(money.amount)
    return {"amount": money.amount if known else None, "currency": money.currency if known else None}
