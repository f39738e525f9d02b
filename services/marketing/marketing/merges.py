"""What here names a customer, and follows when two of them are merged."""

from chassis.merging.following import Merging, Pointer
from chassis.messaging.subscriber import Handlers
from marketing.prospects.models import Prospect
from marketing.touchpoints.models import Touchpoint
from roundel.customer.v1 import customer_events_pb2 as customer

CUSTOMERS = Merging(
    "customer",
    (
        Pointer(Prospect.customer_id),
        Pointer(Touchpoint.customer_id, along=(Touchpoint.prospect_id, Prospect.id)),
    ),
)
HANDLERS: Handlers = CUSTOMERS.handlers(
    merged=customer.CustomersMerged,
    unmerged=customer.CustomersUnmerged,
    winner="customer_id",
    loser="loser_id",
)
