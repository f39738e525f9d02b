"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.graphql.schema import build, join
from finance.contracts import Contract
from finance.credit.graphql import CreditLimitSubscriptions, CreditMutations, CreditQueries
from finance.customers.graphql import Customer
from finance.exports import EXPORTS
from finance.imports import IMPORTS
from finance.invoices.fields import INVOICE_FIELDS
from finance.invoices.graphql import Invoice, InvoiceMutations, InvoiceQueries, InvoiceSubscriptions
from finance.receipts.graphql import ReceiptMutations, ReceiptQueries, ReceiptSubscriptions
from finance.receivables.fields import RECEIVABLE_FIELDS
from finance.receivables.graphql import (
    Receivable,
    ReceivableMutations,
    ReceivableQueries,
    ReceivableSubscriptions,
)
from finance.trail import TRAIL


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join(
            "Query",
            INVOICE_FIELDS.queries(),
            RECEIVABLE_FIELDS.queries(),
            TRAIL.queries(),
            ReceivableQueries,
            InvoiceQueries,
            ReceiptQueries,
            CreditQueries,
            *(each.queries for each in IMPORTS),
        ),
        mutation=join(
            "Mutation",
            INVOICE_FIELDS.mutations(Invoice),
            RECEIVABLE_FIELDS.mutations(Receivable),
            ReceivableMutations,
            InvoiceMutations,
            ReceiptMutations,
            CreditMutations,
            *(each.mutations for each in (*IMPORTS, *EXPORTS)),
        ),
        subscription=join(
            "Subscription",
            ReceivableSubscriptions,
            InvoiceSubscriptions,
            ReceiptSubscriptions,
            CreditLimitSubscriptions,
        ),
        types=[Customer, Contract],
    )
