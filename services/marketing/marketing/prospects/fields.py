"""What companies add to prospects, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from marketing.prospects.models import Prospect
from marketing.prospects.queries import PROSPECTS

PROSPECT_FIELDS = CustomFields(
    "Prospect",
    Prospect,
    PROSPECTS,
)
