"""What this service does when others tell something."""

from chassis.access import replicas
from chassis.access.foreign import owners_told
from chassis.messaging.subscriber import Handlers
from chassis.timers import known as calendars
from roundel.customer.v1 import customer_events_pb2 as customer
from roundel.identity.v1 import identity_events_pb2 as identity
from service_desk import merges

HANDLERS: Handlers = replicas.together(
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
