"""What this service does when others tell something."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import replicas
from chassis.access.foreign import owners_told
from chassis.messaging.envelope import Envelope
from chassis.messaging.subscriber import Handlers
from chassis.timers import known as calendars
from marketing import merges
from marketing.prospects.commands import convert_prospect
from roundel.customer.v1 import customer_events_pb2 as customer
from roundel.identity.v1 import identity_events_pb2 as identity
from roundel.sales.v1 import sales_events_pb2 as sales


async def lead_converted(session: AsyncSession, event: sales.LeadConverted, _: Envelope) -> None:
    """The prospect behind a converted lead is a customer now; not every lead came from a prospect."""
    if event.prospect_id:
        await convert_prospect(session, UUID(event.prospect_id), customer_id=UUID(event.customer_id))


HANDLERS: Handlers = replicas.together(
    {sales.LeadConverted: lead_converted},
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
