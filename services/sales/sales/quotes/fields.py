"""What companies add to quotes, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard
from roundel.sales.v1.sales_events_pb2 import CustomFieldsChanged
from sales.quotes.models import Quote
from sales.quotes.queries import QUOTES

QUOTE_FIELDS = CustomFields(
    "Quote",
    Quote,
    QUOTES,
    told_by=CustomFieldsChanged,
    standard=(
        Standard(
            "opportunityId",
            "reference",
            "商机",
            "Opportunity",
            required=True,
            settings={"object": "opportunity"},
        ),
    ),
)
