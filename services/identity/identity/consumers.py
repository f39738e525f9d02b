"""What this service does when others tell something."""

from chassis.access import replicas
from chassis.messaging.subscriber import Handlers
from chassis.timers import known as calendars
from roundel.identity.v1 import identity_events_pb2 as identity

HANDLERS: Handlers = replicas.together(
    replicas.handlers(
        principal_changed=identity.PrincipalChanged,
        team_placed=identity.TeamPlaced,
        role_defined=identity.RoleDefined,
        session_ended=identity.SessionEnded,
    ),
    calendars.handlers(calendar_changed=identity.CalendarChanged),
)
