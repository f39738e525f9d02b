"""How leads become deals, and deals contracts."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from demo.deals import STAGES
from demo.records import Company, Contract, Deal
from demo.steps.setting_up import cny
from demo.world import World

# What exit criteria ask for beyond what conversions, quotes and contracts record themselves.
_OF_DISCOVERY: dict[str, bool | str] = {"need_analysis": "需求分析报告.pdf", "contact_approval": True}
_OF_SOLUTION: dict[str, bool | str] = {"demo_done": True, "feedback_positive": True}


async def open_deals(world: World) -> None:
    """Leads become opportunities; known customers get further ones; the old spreadsheets are taken over."""
    converted = {one.deals[0].key: _conversion(world, one) for one in world.customers if one.inquiry}
    made = await world.change("Leads converted", "convertLead", converted, "opportunity { id }")
    world.ids.update((f"opportunity/{key}", payload["opportunity"]["id"]) for key, payload in made.items())
    others = {
        deal.key: {
            "customerId": world.ids[f"customer/{one.key}"],
            "ownerId": world.owners[one.key],
            "name": deal.name,
            "amount": cny(deal.total),
            "productId": world.ids[f"product/{deal.lines[0].sku}"],
            "evidence": [_fact("bant_done", True)],
            "at": deal.opened_at.isoformat(),
        }
        for one in world.customers
        for deal in one.deals[1:]
    }
    await world.create("Opportunities", "openOpportunity", others, "opportunity")
    await _take_over_past_deals(world)


async def work_on_deals(world: World) -> None:
    """Evidence, the way through the stages, quotes; some are lost."""
    deals = {deal.key: deal for _, deal in _deals(world)}
    ids = {key: world.ids[f"opportunity/{key}"] for key in deals}
    moving = {
        key: {"id": ids[key], "evidence": [_fact(*fact) for fact in _evidence(deal).items()]}
        for key, deal in deals.items()
        if len(deal.advanced_at) > 1
    }
    await world.change("Evidence", "recordEvidence", moving, "opportunity { id }")
    for stage in range(STAGES - 1):
        steps = {
            f"{key}/{stage}": {"id": ids[key], "at": deal.advanced_at[stage].isoformat()}
            for key, deal in deals.items()
            if len(deal.advanced_at) > stage
        }
        await world.change("Stages", "advanceOpportunity", steps, "opportunity { id }")
    lost = {
        key: {"id": ids[key], "reason": deal.loss_reason, "at": deal.lost_at.isoformat()}
        for key, deal in deals.items()
        if deal.lost_at
    }
    await world.change("Deals lost", "loseOpportunity", lost, "opportunity { id }")


async def quote(world: World) -> None:
    """Quotes go out; those of signed contracts were accepted."""
    quoted = {deal.key: (deal, deal.quoted_on) for _, deal in _deals(world) if deal.quoted_on}
    inputs = {
        key: {
            "opportunityId": world.ids[f"opportunity/{key}"],
            "lines": [
                {
                    "productId": world.ids[f"product/{line.sku}"],
                    "quantity": str(line.quantity),
                    "discountPercent": str(line.discount),
                }
                for line in deal.lines
            ],
            "at": noon(day),
        }
        for key, (deal, day) in quoted.items()
    }
    await world.create("Quotes", "createQuote", inputs, "quote")
    sent = {key: {"id": world.ids[f"quote/{key}"], "at": noon(day)} for key, (_, day) in quoted.items()}
    await world.change("Quotes", "submitQuote", sent, "quote { id }")
    accepted = {
        deal.key: {"id": world.ids[f"quote/{deal.key}"], "at": noon(contract.signed_on)}
        for _, deal, contract in contracts(world)
    }
    await world.change("Quotes", "acceptQuote", accepted, "quote { id }")


async def sign_contracts(world: World) -> None:
    """Contracts are drawn up from the quotes and signed."""
    drafts = {deal.key: _draft(world, deal, contract) for _, deal, contract in contracts(world)}
    await world.create("Contracts", "draftContract", drafts, "contract")
    signatures = {
        deal.key: {"id": world.ids[f"contract/{deal.key}"], "signedOn": contract.signed_on.isoformat()}
        for _, deal, contract in contracts(world)
    }
    await world.change("Contracts signed", "signContract", signatures, "contract { id }")


def contracts(world: World) -> Iterator[tuple[Company, Deal, Contract]]:
    """Yield every deal that has a contract."""
    for one, deal in _deals(world):
        if deal.contract:
            yield one, deal, deal.contract


def noon(day: date) -> str:
    """Return noon of that day in China."""
    return datetime.combine(day, time(4), UTC).isoformat()


def _deals(world: World) -> Iterator[tuple[Company, Deal]]:
    return ((one, deal) for one in world.customers for deal in one.deals)


def _fact(key: str, value: bool | str) -> dict[str, Any]:
    return {"key": key, "flag" if isinstance(value, bool) else "text": value}


def _evidence(deal: Deal) -> dict[str, bool | str]:
    facts = _OF_DISCOVERY
    if len(deal.advanced_at) > 2:
        facts = facts | _OF_SOLUTION
    if deal.contract:
        eta = deal.contract.signed_on.isoformat()
        facts = facts | {"client_approval_step": "法务审核 / legal review", "client_approval_eta": eta}
    return facts


def _conversion(world: World, one: Company) -> dict[str, Any]:
    deal = one.deals[0]
    return {
        "id": world.ids[f"lead/{one.key}"],
        "customerId": world.ids[f"customer/{one.key}"],
        "name": deal.name,
        "productId": world.ids[f"product/{deal.lines[0].sku}"],
        "bant": {
            "budget": cny(deal.total),
            "authority": f"{one.contacts[0].name}（{one.contacts[0].title}）",
            "need": "、".join(one.pain_points) or "降本增效",
            "timeline": "两个季度内 / within two quarters",
        },
        "at": deal.opened_at.isoformat(),
    }


def _draft(world: World, deal: Deal, contract: Contract) -> dict[str, Any]:
    return {
        "quoteId": world.ids[f"quote/{deal.key}"],
        "title": deal.name,
        "startsOn": contract.starts_on.isoformat(),
        "endsOn": contract.ends_on.isoformat(),
        "instalments": [
            {"name": one.name, "amount": cny(one.amount), "dueOn": one.due_on.isoformat()}
            for one in contract.instalments
        ],
        "at": noon(contract.signed_on),
    }


async def _take_over_past_deals(world: World) -> None:
    rows = {
        deal.key: {
            "externalId": deal.key,
            "name": deal.name,
            "status": "WON" if deal.won else "LOST",
            "customerId": world.ids[f"customer/{one.key}"],
            "ownerId": world.owners[one.key],
            "productId": world.ids[f"product/{deal.sku}"],
            "closeValue": cny(deal.amount),
            "engagedOn": deal.engaged_on.isoformat(),
            "closedOn": deal.closed_on.isoformat(),
        }
        for one in world.customers
        for deal in one.past_deals
    }
    await world.bring_in("Past deals", "importOpportunities", rows, "opportunity")
