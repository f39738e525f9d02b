"""What this service does when others tell something."""

from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncSession

from automation import merges
from automation.employees import commands as employees
from automation.todos.applying import apply_rules
from automation.todos.rules import RULES
from chassis.access import replicas
from chassis.messaging.envelope import Envelope
from chassis.messaging.subscriber import Handlers
from chassis.timers import known as calendars
from roundel.identity.v1 import identity_events_pb2 as identity


async def rules(session: AsyncSession, event: Message, _: Envelope) -> None:
    """Events make to-dos."""
    await apply_rules(session, event)


async def employee_registered(session: AsyncSession, event: identity.EmployeeRegistered, _: Envelope) -> None:
    """To-dos can be for a new employee."""
    id, roles = UUID(event.employee_id), list(event.roles)
    await employees.remember(session, id, name=event.name, roles=roles, version=event.version)


async def roles_changed(session: AsyncSession, event: identity.RolesChanged, _: Envelope) -> None:
    """An employee has other roles."""
    id, roles = UUID(event.employee_id), list(event.roles)
    await employees.note_roles(session, id, roles=roles, version=event.version)


async def employee_deactivated(
    session: AsyncSession, event: identity.EmployeeDeactivated, _: Envelope
) -> None:
    """No to-do is for somebody who left."""
    await employees.note_activity(session, UUID(event.employee_id), active=False, version=event.version)


async def employee_reactivated(
    session: AsyncSession, event: identity.EmployeeReactivated, _: Envelope
) -> None:
    """To-dos are for whoever works here again."""
    await employees.note_activity(session, UUID(event.employee_id), active=True, version=event.version)


HANDLERS: Handlers = replicas.together(
    {
        **{rule.event: rules for rule in RULES},
        identity.EmployeeRegistered: employee_registered,
        identity.RolesChanged: roles_changed,
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
)
