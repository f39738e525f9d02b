"""What this service does when others tell something."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import replicas
from chassis.messaging.envelope import Envelope
from chassis.messaging.subscriber import Handlers
from chassis.timers import known as calendars
from customer.companies.commands import mark_signed
from roundel.identity.v1 import identity_events_pb2 as identity
from roundel.sales.v1 import sales_events_pb2 as sales


async def contract_signed(session: AsyncSession, event: sales.ContractSigned, _: Envelope) -> None:
    """A signature makes a company a signed customer."""
    await mark_signed(session, UUID(event.customer_id))


HANDLERS: Handlers = replicas.together(
    {sales.ContractSigned: contract_signed},
    replicas.handlers(
        principal_changed=identity.PrincipalChanged,
        team_placed=identity.TeamPlaced,
        role_defined=identity.RoleDefined,
        session_ended=identity.SessionEnded,
    ),
    calendars.handlers(calendar_changed=identity.CalendarChanged),
)
