"""Reads of tickets."""

from chassis.access.foreign import owners_of
from chassis.listing import Listing
from service_desk.tickets.models import Ticket

TICKETS = Listing(
    noun="ticket",
    table=Ticket.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Ticket.__table__.c},
    sorts=("opened_at", "resolved_at", "number"),
    default=(("opened_at", "desc"),),
    owner="assignee_id",
    through=(("customer_id", owners_of("ticket")),),
)
