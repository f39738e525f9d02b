"""What here names a customer, and follows when two of them are merged."""

from chassis.merging.following import Merging, Pointer
from chassis.messaging.subscriber import Handlers
from insight.facts.models import OpportunityFact
from insight.timeline.models import Happening, Origin
from roundel.customer.v1 import customer_events_pb2 as customer

CUSTOMERS = Merging(
    "customer",
    (
        Pointer(OpportunityFact.customer_id),
        Pointer(Origin.customer_id),
        Pointer(Happening.customer_id, along=(Happening.subject_id, Happening.subject_id)),
    ),
)
HANDLERS: Handlers = CUSTOMERS.handlers(
    merged=customer.CustomersMerged,
    unmerged=customer.CustomersUnmerged,
    winner="customer_id",
    loser="loser_id",
)
