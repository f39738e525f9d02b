"""What companies add to invoices, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard
from finance.invoices.models import Invoice
from finance.invoices.queries import INVOICES
from roundel.finance.v1.finance_events_pb2 import CustomFieldsChanged

INVOICE_FIELDS = CustomFields(
    "Invoice",
    Invoice,
    INVOICES,
    told_by=CustomFieldsChanged,
    standard=(
        Standard(
            "contractId", "reference", "合同", "Contract", required=True, settings={"object": "contract"}
        ),
        Standard("receivableId", "reference", "应收款", "Receivable", settings={"object": "receivable"}),
        Standard("amount", "money", "金额", "Amount"),
        Standard("appliedOn", "date", "申请日期", "Applied on"),
    ),
)
