"""What this service does when others tell something."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import replicas
from chassis.messaging.envelope import Envelope
from chassis.messaging.subscriber import Handlers, NotYet
from chassis.money import Money
from chassis.timers import known as calendars
from roundel.customer.v1 import customer_events_pb2 as customer
from roundel.finance.v1 import finance_events_pb2 as finance
from roundel.identity.v1 import identity_events_pb2 as identity
from roundel.marketing.v1 import marketing_events_pb2 as marketing
from roundel.project.v1 import project_events_pb2 as project
from sales import merges, wire
from sales.contracts.activation import note_project, note_receivables
from sales.contracts.models import Contract
from sales.known import commands as known
from sales.known.models import KnownEmployee
from sales.leads.commands import create_lead
from sales.leads.queries import lead_of_prospect
from sales.opportunities.commands import note_receipt


async def employee_registered(session: AsyncSession, event: identity.EmployeeRegistered, _: Envelope) -> None:
    """Leads may be assigned to a new employee."""
    await known.note_employee(
        session,
        UUID(event.employee_id),
        version=event.version,
        name=event.name,
        team_id=wire.optional_id(event.team_id),
        roles=event.roles,
    )


async def employee_moved(session: AsyncSession, event: identity.EmployeeMoved, _: Envelope) -> None:
    """A move decides which rules of teams reach the employee."""
    employee = await _employee(session, event.employee_id)
    known.move(employee, version=event.version, team_id=wire.optional_id(event.team_id))


async def roles_changed(session: AsyncSession, event: identity.RolesChanged, _: Envelope) -> None:
    """Roles are kept as they are now."""
    employee = await _employee(session, event.employee_id)
    known.change_roles(employee, version=event.version, roles=event.roles)


async def employee_deactivated(
    session: AsyncSession, event: identity.EmployeeDeactivated, _: Envelope
) -> None:
    """Who is not active any more is assigned nothing."""
    known.activate(await _employee(session, event.employee_id), False, version=event.version)


async def employee_reactivated(
    session: AsyncSession, event: identity.EmployeeReactivated, _: Envelope
) -> None:
    """Who works here again is assigned something again."""
    known.activate(await _employee(session, event.employee_id), True, version=event.version)


async def absences_changed(session: AsyncSession, event: identity.AbsencesChanged, _: Envelope) -> None:
    """Who is away is assigned nothing."""
    away = [(each.starts_at.ToDatetime(UTC), each.ends_at.ToDatetime(UTC)) for each in event.absences]
    known.note_absences(await _employee(session, event.employee_id), away, version=event.version)


async def customer_told(
    session: AsyncSession, event: customer.CustomerRegistered | customer.CustomerProfileChanged, _: Envelope
) -> None:
    """Contracts name their customer."""
    await known.note_customer(
        session,
        UUID(event.customer_id),
        version=event.version,
        name=event.name,
        industry=event.industry,
        region=event.region,
    )


async def prospect_qualified(session: AsyncSession, event: marketing.ProspectQualified, _: Envelope) -> None:
    """Whom marketing hands over becomes a lead, once."""
    prospect_id = UUID(event.prospect_id)
    if await lead_of_prospect(session, prospect_id):
        return
    await create_lead(
        session,
        company=event.company or event.contact_name,
        at=_instant(event),
        prospect_id=prospect_id,
        contact_name=event.contact_name or None,
        email=event.email or None,
        phone=event.phone or None,
        region=event.region or None,
        industry=event.industry or None,
        product_interest=event.product_interest or None,
        source=event.source or None,
        message=event.message or None,
        campaign_id=wire.optional_id(event.campaign_id),
        customer_id=wire.optional_id(event.customer_id),
    )


async def project_opened(session: AsyncSession, event: project.ProjectOpened, _: Envelope) -> None:
    """The project is one half of what puts a contract in force."""
    if event.contract_id:
        await note_project(
            session, UUID(event.contract_id), project_id=UUID(event.project_id), at=_instant(event)
        )


async def receivables_scheduled(
    session: AsyncSession, event: finance.ReceivablesScheduled, _: Envelope
) -> None:
    """The receivables are the other half."""
    ids = [UUID(receivable.receivable_id) for receivable in event.receivables]
    await note_receivables(session, UUID(event.contract_id), receivable_ids=ids, at=_instant(event))


async def receipt_matched(session: AsyncSession, event: finance.ReceiptMatched, _: Envelope) -> None:
    """The first money for a contract wins its deal."""
    contract = await session.get(Contract, UUID(event.contract_id)) if event.contract_id else None
    if contract is not None and contract.opportunity_id is not None:
        await note_receipt(
            session,
            contract.opportunity_id,
            contract_id=contract.id,
            total=Money(contract.total, contract.currency),
            at=_instant(event),
        )


async def _employee(session: AsyncSession, id: str) -> KnownEmployee:
    employee = await session.get(KnownEmployee, UUID(id), with_for_update=True)
    if employee is None:
        raise NotYet(f"Employee {id} is not registered here yet")
    return employee


def _instant(event: Any) -> datetime:
    instant: datetime = event.occurred_at.ToDatetime(UTC)
    return instant


HANDLERS: Handlers = replicas.together(
    {
        identity.EmployeeRegistered: employee_registered,
        identity.EmployeeMoved: employee_moved,
        identity.RolesChanged: roles_changed,
        identity.EmployeeDeactivated: employee_deactivated,
        identity.EmployeeReactivated: employee_reactivated,
        identity.AbsencesChanged: absences_changed,
        customer.CustomerRegistered: customer_told,
        customer.CustomerProfileChanged: customer_told,
        marketing.ProspectQualified: prospect_qualified,
        project.ProjectOpened: project_opened,
        finance.ReceivablesScheduled: receivables_scheduled,
        finance.ReceiptMatched: receipt_matched,
    },
    merges.HANDLERS,
    replicas.handlers(
        principal_changed=identity.PrincipalChanged,
        team_placed=identity.TeamPlaced,
        role_defined=identity.RoleDefined,
        session_ended=identity.SessionEnded,
    ),
    calendars.handlers(calendar_changed=identity.CalendarChanged),
)
