"""What this service does when others tell something."""

from datetime import UTC, date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import replicas
from chassis.access.foreign import owners_told
from chassis.errors import Invalid
from chassis.messaging.envelope import Envelope
from chassis.messaging.subscriber import Handlers
from chassis.timers import known as calendars
from finance import merges, wire
from finance.customers.commands import meet_customer, remember_customer
from finance.invoices.commands import apply_for_accepted_project
from finance.receivables.commands import Instalment, schedule_receivables
from roundel.customer.v1 import customer_events_pb2 as customer
from roundel.identity.v1 import identity_events_pb2 as identity
from roundel.project.v1 import project_events_pb2 as project
from roundel.sales.v1 import sales_events_pb2 as sales


async def customer_told(
    session: AsyncSession, event: customer.CustomerRegistered | customer.CustomerProfileChanged, _: Envelope
) -> None:
    """Invoices bear the legal name of now."""
    await remember_customer(session, UUID(event.customer_id), name=event.name, version=event.version)


async def contract_signed(session: AsyncSession, event: sales.ContractSigned, _: Envelope) -> None:
    """A signature makes the instalments receivables."""
    customer_id = UUID(event.customer_id)
    await meet_customer(session, customer_id, name=event.customer_name)
    await schedule_receivables(
        session,
        contract_id=UUID(event.contract_id),
        contract_number=event.number or None,
        customer_id=customer_id,
        total=wire.read(event.total),
        instalments=[
            Instalment(part.name, wire.read(part.amount), _day(part.due_on)) for part in event.instalments
        ],
        at=event.occurred_at.ToDatetime(UTC),
    )


async def project_accepted(session: AsyncSession, event: project.ProjectAccepted, _: Envelope) -> None:
    """An accepted delivery is invoiced."""
    await apply_for_accepted_project(
        session,
        project_id=UUID(event.project_id),
        contract_id=UUID(event.contract_id),
        at=event.occurred_at.ToDatetime(UTC),
    )


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Invalid(f"{written!r} is no date") from None


HANDLERS: Handlers = replicas.together(
    {
        customer.CustomerRegistered: customer_told,
        customer.CustomerProfileChanged: customer_told,
        sales.ContractSigned: contract_signed,
        project.ProjectAccepted: project_accepted,
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
