"""What companies add to receivables, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from finance.receivables.models import Receivable
from finance.receivables.queries import RECEIVABLES

RECEIVABLE_FIELDS = CustomFields(
    "Receivable",
    Receivable,
    RECEIVABLES,
)
