"""This service listens to everybody."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import replicas
from chassis.access.foreign import owners_told
from chassis.gathering.gathered import Gathered
from chassis.messaging.envelope import Envelope
from chassis.messaging.subscriber import Handlers
from chassis.timers import known as calendars
from insight import merges
from insight.facts import commands as facts
from insight.timeline.commands import happening, link_origin, remember
from roundel.automation.v1 import automation_events_pb2 as automation
from roundel.customer.v1 import customer_events_pb2 as customer
from roundel.finance.v1 import finance_events_pb2 as finance
from roundel.identity.v1 import identity_events_pb2 as identity
from roundel.marketing.v1 import marketing_events_pb2 as marketing
from roundel.project.v1 import project_events_pb2 as project
from roundel.sales.v1 import sales_events_pb2 as sales
from roundel.service_desk.v1 import service_desk_events_pb2 as service_desk

CONTRACTS = (automation, customer, finance, identity, marketing, project, sales, service_desk)


Prepared = tuple[dict[str, Any], facts.Fact | None]


async def _write(session: AsyncSession, prepared: Sequence[Prepared]) -> None:
    await remember(session, [happened for happened, _ in prepared])
    await facts.follow(session, [fact for _, fact in prepared if fact])


def _counts(fact: Callable[[Any], facts.Fact] | None = None) -> Gathered[Prepared]:
    """Return what remembers an event, and takes in the fact that it tells."""

    async def prepare(session: AsyncSession, event: Any, envelope: Envelope) -> Prepared:
        return await happening(session, event, envelope), fact and fact(event)

    return Gathered(prepare, _write)


_REMEMBER = _counts()


async def lead_converted(session: AsyncSession, event: sales.LeadConverted, envelope: Envelope) -> None:
    """A customer inherits what its lead and prospect did."""
    await _REMEMBER(session, event, envelope)
    prospect = UUID(event.prospect_id) if event.prospect_id else None
    lead, known = UUID(event.lead_id), UUID(event.customer_id)
    await link_origin(session, customer_id=known, lead_id=lead, prospect_id=prospect)


def _told() -> dict[Any, Any]:
    """Every event of every contract: whoever adds one finds it on the timeline."""
    names = {module: module.DESCRIPTOR.message_types_by_name for module in CONTRACTS}
    events = [getattr(module, name) for module in CONTRACTS for name in names[module]]
    return {event: _REMEMBER for event in events if "occurred_at" in event.DESCRIPTOR.fields_by_name}


HANDLERS: Handlers = replicas.together(
    {
        **_told(),
        sales.LeadConverted: lead_converted,
        sales.OpportunityOpened: _counts(facts.opportunity_opened),
        sales.OpportunityStageChanged: _counts(facts.stage_changed),
        sales.OpportunityWon: _counts(facts.opportunity_won),
        sales.OpportunityLost: _counts(facts.opportunity_lost),
        sales.OpportunityChanged: _counts(facts.opportunity_changed),
        sales.OpportunityReopened: _counts(facts.opportunity_reopened),
    },
    merges.HANDLERS,
    replicas.handlers(
        principal_changed=identity.PrincipalChanged,
        team_placed=identity.TeamPlaced,
        role_defined=identity.RoleDefined,
        session_ended=identity.SessionEnded,
    ),
    calendars.handlers(calendar_changed=identity.CalendarChanged),
    owners_told(
        customer.CustomerRegistered,
        customer.CustomerProfileChanged,
        customer.CustomerOwned,
        id="customer_id",
    ),
)
