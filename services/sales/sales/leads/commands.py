"""What can happen to a lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.guard import by_the_rules
from chassis.database import fetch, now
from chassis.errors import Invalid
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.messaging.outbox import emit
from chassis.money import Money
from chassis.uniqueness.commands import claim
from sales.assignment.commands import FIELDS, choose_owner, count_assignment
from sales.known.commands import note_customer
from sales.known.queries import active_employee
from sales.leads import events
from sales.leads.models import Lead, LeadStatus
from sales.leads.unique import UNIQUE_LEADS
from sales.opportunities.commands import open_opportunity
from sales.opportunities.models import Opportunity


@dataclass(frozen=True, slots=True)
class Bant:
    """What makes a lead a deal: money, somebody who decides, a need, a time."""

    budget: Money
    authority: str
    need: str
    timeline: str

    def evidence(self) -> dict[str, bool | int | float | str]:
        """Return the facts for the exit criteria; raise Invalid when one is missing."""
        said = {"authority": self.authority, "need": self.need, "timeline": self.timeline}
        for name, value in said.items():
            if not value.strip():
                raise Invalid(f"A lead is converted when its {name} is known", path=("input", "bant", name))
        self.budget.not_negative("input", "bant", "budget")
        budget = {"budget": f"{self.budget.amount:f}", "budget_currency": self.budget.currency}
        return {"bant_done": True, **budget, **said}


async def create_lead(
    session: AsyncSession,
    *,
    company: str,
    owner_id: UUID | None = None,
    at: datetime | None = None,
    custom: Sequence[Given] | None = None,
    **details: Any,
) -> Lead:
    """Enter a lead and give it to its owner: the one named, or whom the assignment rules choose.

    `details` names further columns of Lead. Raises Invalid without a company.
    """
    clean = " ".join(company.split())
    if not clean:
        raise Invalid("A lead needs a company", path=("input", "company"))
    created_at = at or now()
    lead = Lead(company=clean, created_at=created_at, **details)
    await fields.write(session, lead, custom)
    session.add(lead)
    await session.flush()
    await claim(session, UNIQUE_LEADS, [lead.id])
    emit(session, events.created(lead), subject=lead.id)
    if owner_id is not None:
        await _assign_by_hand(session, lead, owner_id, at=created_at)
        return lead
    choice = await choose_owner(session, {field: getattr(lead, field) for field in FIELDS})
    if choice is not None:
        with by_the_rules():
            await _assign(session, lead, choice.owner_id, rule=choice.rule, at=created_at)
    return lead


async def change_lead(
    session: AsyncSession, id: UUID, *, changes: Mapping[str, Any], expected_version: int | None = None
) -> Lead:
    """Set the named columns of a lead that is open; a column that is not named stays."""
    lead = await fetch(session, Lead, id, expected_version=expected_version)
    lead.require_open()
    for column, value in changes.items():
        setattr(lead, column, value)
    await session.flush()
    await claim(session, UNIQUE_LEADS, [lead.id])
    emit(session, events.changed(lead, at=now()), subject=lead.id)
    return lead


async def assign_lead(
    session: AsyncSession, id: UUID, *, owner_id: UUID, expected_version: int | None = None
) -> Lead:
    """Give a lead to an active employee."""
    lead = await fetch(session, Lead, id, expected_version=expected_version)
    lead.require_open()
    if lead.owner_id != owner_id:
        await _assign_by_hand(session, lead, owner_id, at=now())
    return lead


async def convert_lead(
    session: AsyncSession,
    id: UUID,
    *,
    customer_id: UUID | None,
    caller_id: UUID | None,
    bant: Bant,
    name: str | None = None,
    product_id: UUID | None = None,
    expected_version: int | None = None,
    at: datetime | None = None,
) -> list[Lead | Opportunity]:
    """Make a deal of a lead whose BANT is known; return the lead and the opportunity.

    Raises Conflict when the lead is converted or lost already.
    """
    lead = await fetch(session, Lead, id, expected_version=expected_version)
    lead.require_open()
    lead.customer_id = customer_id or lead.customer_id
    if lead.customer_id is None:
        raise Invalid("Name the customer that the lead is", path=("input", "customerId"))
    # the customer service tells of the company soon, but a contract may need its name before
    await note_customer(session, lead.customer_id, version=0, name=lead.company)
    converted_at = at or now()
    opportunity = await open_opportunity(
        session,
        name=name or lead.company,
        customer_id=lead.customer_id,
        owner_id=lead.owner_id or caller_id,
        amount=bant.budget,
        product_id=product_id,
        lead_id=lead.id,
        campaign_id=lead.campaign_id,
        evidence=bant.evidence(),
        at=converted_at,
    )
    lead.status = LeadStatus.CONVERTED
    lead.opportunity_id = opportunity.id
    await session.flush()
    emit(session, events.converted(lead, at=converted_at), subject=lead.id)
    return [lead, opportunity]


async def lose_lead(
    session: AsyncSession,
    id: UUID,
    *,
    reason: str,
    expected_version: int | None = None,
    at: datetime | None = None,
) -> Lead:
    """Give a lead up, with the reason."""
    lead = await fetch(session, Lead, id, expected_version=expected_version)
    lead.require_open()
    if not reason.strip():
        raise Invalid("Say why the lead was lost", path=("input", "reason"))
    lead.status = LeadStatus.LOST
    lead.lost_reason = reason.strip()
    await session.flush()
    emit(session, events.lost(lead, at=at or now()), subject=lead.id)
    return lead


async def _assign_by_hand(session: AsyncSession, lead: Lead, owner_id: UUID, *, at: datetime) -> None:
    await active_employee(session, owner_id)
    await count_assignment(session, owner_id)
    await _assign(session, lead, owner_id, rule=None, at=at)


async def _assign(
    session: AsyncSession, lead: Lead, owner_id: UUID, *, rule: str | None, at: datetime
) -> None:
    lead.owner_id = owner_id
    lead.status = LeadStatus.ASSIGNED
    lead.assigned_by_rule = rule
    lead.assigned_at = at
    await session.flush()
    emit(session, events.assigned(lead, at=at), subject=lead.id)
