"""This service listens to everybody."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import replicas
from chassis.access.foreign import owners_told
from chassis.messaging.envelope import Envelope
from chassis.messaging.subscriber import Handlers
from chassis.timers import known as calendars
from insight import merges
from insight.facts import commands as facts
from insight.timeline.commands import link_origin, remember
from roundel.automation.v1 import automation_events_pb2 as automation
from roundel.customer.v1 import customer_events_pb2 as customer
from roundel.finance.v1 import finance_events_pb2 as finance
from roundel.identity.v1 import identity_events_pb2 as identity
from roundel.marketing.v1 import marketing_events_pb2 as marketing
from roundel.project.v1 import project_events_pb2 as project
from roundel.sales.v1 import sales_events_pb2 as sales
from roundel.service_desk.v1 import service_desk_events_pb2 as service_desk

CONTRACTS = (automation, customer, finance, identity, marketing, project, sales, service_desk)


async def lead_converted(session: AsyncSession, event: sales.LeadConverted, envelope: Envelope) -> None:
    """A customer inherits what its lead and prospect did."""
    await remember(session, event, envelope)
    prospect = UUID(event.prospect_id) if event.prospect_id else None
    lead, known = UUID(event.lead_id), UUID(event.customer_id)
    await link_origin(session, customer_id=known, lead_id=lead, prospect_id=prospect)


async def opportunity_opened(
    session: AsyncSession, event: sales.OpportunityOpened, envelope: Envelope
) -> None:
    """A new opportunity counts as open."""
    await remember(session, event, envelope)
    await facts.opportunity_opened(session, event)


async def stage_changed(
    session: AsyncSession, event: sales.OpportunityStageChanged, envelope: Envelope
) -> None:
    """An opportunity counts in its new stage."""
    await remember(session, event, envelope)
    await facts.stage_changed(session, event)


async def opportunity_won(session: AsyncSession, event: sales.OpportunityWon, envelope: Envelope) -> None:
    """A won opportunity counts with what it brought."""
    await remember(session, event, envelope)
    await facts.opportunity_won(session, event)


async def opportunity_lost(session: AsyncSession, event: sales.OpportunityLost, envelope: Envelope) -> None:
    """A lost opportunity counts with its reason."""
    await remember(session, event, envelope)
    await facts.opportunity_lost(session, event)


async def opportunity_changed(
    session: AsyncSession, event: sales.OpportunityChanged, envelope: Envelope
) -> None:
    """An opportunity counts with what is known of it now."""
    await remember(session, event, envelope)
    await facts.opportunity_changed(session, event)


async def opportunity_reopened(
    session: AsyncSession, event: sales.OpportunityReopened, envelope: Envelope
) -> None:
    """An opportunity that was not decided after all counts as open."""
    await remember(session, event, envelope)
    await facts.opportunity_reopened(session, event)


def _told() -> dict[Any, Any]:
    """Every event of every contract: whoever adds one finds it on the timeline."""
    names = {module: module.DESCRIPTOR.message_types_by_name for module in CONTRACTS}
    events = [getattr(module, name) for module in CONTRACTS for name in names[module]]
    return {event: remember for event in events if "occurred_at" in event.DESCRIPTOR.fields_by_name}


HANDLERS: Handlers = replicas.together(
    {
        **_told(),
        sales.LeadConverted: lead_converted,
        sales.OpportunityOpened: opportunity_opened,
        sales.OpportunityStageChanged: stage_changed,
        sales.OpportunityWon: opportunity_won,
        sales.OpportunityLost: opportunity_lost,
        sales.OpportunityChanged: opportunity_changed,
        sales.OpportunityReopened: opportunity_reopened,
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
