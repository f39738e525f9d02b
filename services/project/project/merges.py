"""What here names a customer, and follows when two of them are merged."""

from chassis.merging.following import Merging, Pointer
from chassis.messaging.subscriber import Handlers
from project.projects.models import Project
from roundel.customer.v1 import customer_events_pb2 as customer

CUSTOMERS = Merging(
    "customer",
    (Pointer(Project.customer_id),),
)
HANDLERS: Handlers = CUSTOMERS.handlers(
    merged=customer.CustomersMerged,
    unmerged=customer.CustomersUnmerged,
    winner="customer_id",
    loser="loser_id",
)
