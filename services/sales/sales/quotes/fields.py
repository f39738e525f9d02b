"""What companies add to quotes, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from chassis.fields.forms import Standard
from sales.quotes.models import Quote
from sales.quotes.queries import QUOTES

QUOTE_FIELDS = CustomFields(
    "Quote",
    Quote,
    QUOTES,
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
