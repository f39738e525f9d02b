"""What here names a customer, and follows when two of them are merged."""

from chassis.merging.following import Merging, Pointer
from chassis.messaging.subscriber import Handlers
from roundel.customer.v1 import customer_events_pb2 as customer
from sales.contracts.models import Contract
from sales.leads.models import Lead
from sales.opportunities.models import Opportunity
from sales.quotes.models import Quote

CUSTOMERS = Merging(
    "customer",
    (
        Pointer(Lead.customer_id),
        Pointer(Opportunity.customer_id, along=(Opportunity.lead_id, Lead.id)),
        Pointer(Quote.customer_id, along=(Quote.opportunity_id, Opportunity.id)),
        Pointer(Contract.customer_id, along=(Contract.opportunity_id, Opportunity.id)),
    ),
)
HANDLERS: Handlers = CUSTOMERS.handlers(
    merged=customer.CustomersMerged,
    unmerged=customer.CustomersUnmerged,
    winner="customer_id",
    loser="loser_id",
)
