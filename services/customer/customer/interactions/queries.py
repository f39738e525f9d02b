"""Reads of interactions."""

from chassis.listing import Listing
from customer.companies.queries import CUSTOMERS
from customer.interactions.models import Interaction

INTERACTIONS = Listing(
    noun="interaction",
    table=Interaction.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Interaction.__table__.c},
    sorts=("occurred_at",),
    default=(("occurred_at", "desc"),),
    owner="created_by",
    through=(("customer_id", CUSTOMERS),),
    parts=(("author", ("created_by",)),),
)
