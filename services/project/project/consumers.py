"""What this service does when others tell something."""

from datetime import UTC, date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import replicas
from chassis.access.foreign import owners_told
from chassis.errors import Invalid
from chassis.messaging.envelope import Envelope
from chassis.messaging.subscriber import Handlers
from chassis.timers import known as calendars
from project import merges
from project.employees.commands import remember_employee
from project.projects.commands import open_project
from project.projects.template import TYPICAL_DAYS
from roundel.customer.v1 import customer_events_pb2 as customer
from roundel.identity.v1 import identity_events_pb2 as identity
from roundel.sales.v1 import sales_events_pb2 as sales


async def contract_signed(session: AsyncSession, event: sales.ContractSigned, _: Envelope) -> None:
    """A signature opens the project that delivers the contract."""
    at = event.occurred_at.ToDatetime(UTC)
    starts_on = _day(event.starts_on or event.signed_on) or at.date()
    ends_on = _day(event.ends_on) or starts_on + timedelta(days=TYPICAL_DAYS)
    await open_project(
        session,
        contract_id=UUID(event.contract_id),
        contract_number=event.number,
        customer_id=UUID(event.customer_id),
        name=event.title or event.number,
        starts_on=starts_on,
        ends_on=max(starts_on, ends_on),
        at=at,
    )


async def employee_registered(session: AsyncSession, event: identity.EmployeeRegistered, _: Envelope) -> None:
    """Somebody new may manage projects."""
    await remember_employee(
        session, UUID(event.employee_id), name=event.name, active=True, version=event.version
    )


async def employee_deactivated(
    session: AsyncSession, event: identity.EmployeeDeactivated, _: Envelope
) -> None:
    """From now on nothing may be assigned to them."""
    await remember_employee(session, UUID(event.employee_id), active=False, version=event.version)


async def employee_reactivated(
    session: AsyncSession, event: identity.EmployeeReactivated, _: Envelope
) -> None:
    """Whoever works here again may be given something again."""
    await remember_employee(session, UUID(event.employee_id), active=True, version=event.version)


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise Invalid(f"{written!r} is no date") from None


HANDLERS: Handlers = replicas.together(
    {
        sales.ContractSigned: contract_signed,
        identity.EmployeeRegistered: employee_registered,
        identity.EmployeeDeactivated: employee_deactivated,
        identity.EmployeeReactivated: employee_reactivated,
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
