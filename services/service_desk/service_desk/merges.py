"""What here names a customer or a contact, and follows when two of them are merged."""

from chassis.merging.following import Merging, Pointer
from chassis.messaging.subscriber import Handlers
from roundel.customer.v1 import customer_events_pb2 as customer
from service_desk.surveys.models import Survey
from service_desk.tickets.models import Ticket

CUSTOMERS = Merging(
    "customer",
    (
        Pointer(Ticket.customer_id),
        Pointer(Survey.customer_id, along=(Survey.ticket_id, Ticket.id)),
    ),
)
CONTACTS = Merging("contact", (Pointer(Ticket.contact_id),))

HANDLERS: Handlers = {
    **CUSTOMERS.handlers(
        merged=customer.CustomersMerged,
        unmerged=customer.CustomersUnmerged,
        winner="customer_id",
        loser="loser_id",
    ),
    **CONTACTS.handlers(
        merged=customer.ContactsMerged,
        unmerged=customer.ContactsUnmerged,
        winner="contact_id",
        loser="loser_id",
    ),
}
