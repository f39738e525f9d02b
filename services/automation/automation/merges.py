"""What here names a customer, and follows when two of them are merged."""

from automation.todos.models import Todo
from chassis.merging.following import Merging, Pointer
from chassis.messaging.subscriber import Handlers
from roundel.customer.v1 import customer_events_pb2 as customer

CUSTOMERS = Merging(
    "customer",
    (Pointer(Todo.customer_id, along=(Todo.about_id, Todo.about_id)),),
)
HANDLERS: Handlers = CUSTOMERS.handlers(
    merged=customer.CustomersMerged,
    unmerged=customer.CustomersUnmerged,
    winner="customer_id",
    loser="loser_id",
)
