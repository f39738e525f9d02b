"""What here names a customer, and follows when two of them are merged."""

from chassis.merging.following import Merging, Pointer
from chassis.messaging.subscriber import Handlers
from finance.credit.models import CreditLimit
from finance.invoices.models import Invoice
from finance.receipts.models import Receipt
from finance.receivables.models import Receivable
from roundel.customer.v1 import customer_events_pb2 as customer

CUSTOMERS = Merging(
    "customer",
    (
        Pointer(Receivable.customer_id),
        Pointer(Invoice.customer_id, along=(Invoice.contract_id, Receivable.contract_id)),
        Pointer(Receipt.customer_id),
        Pointer(CreditLimit.customer_id, once_per=CreditLimit.currency),
    ),
)
HANDLERS: Handlers = CUSTOMERS.handlers(
    merged=customer.CustomersMerged,
    unmerged=customer.CustomersUnmerged,
    winner="customer_id",
    loser="loser_id",
)
