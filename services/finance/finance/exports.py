"""The lists of this service that can be exported."""

from chassis.exporting.graphql import exports
from finance.credit.graphql import CreditLimitFilter, CreditLimitOrder
from finance.credit.queries import CREDIT_LIMITS
from finance.invoices.graphql import InvoiceFilter, InvoiceOrder
from finance.invoices.queries import INVOICES
from finance.receipts.graphql import ReceiptFilter, ReceiptOrder
from finance.receipts.queries import RECEIPTS
from finance.receivables.graphql import ReceivableFilter, ReceivableOrder
from finance.receivables.queries import RECEIVABLES

EXPORTS = (
    exports("finance", "Receivables", RECEIVABLES, filter=ReceivableFilter, order=ReceivableOrder),
    exports("finance", "Invoices", INVOICES, filter=InvoiceFilter, order=InvoiceOrder),
    exports("finance", "Receipts", RECEIPTS, filter=ReceiptFilter, order=ReceiptOrder),
    exports("finance", "CreditLimits", CREDIT_LIMITS, filter=CreditLimitFilter, order=CreditLimitOrder),
)
EXPORTABLES = tuple(each.exportable for each in EXPORTS)
