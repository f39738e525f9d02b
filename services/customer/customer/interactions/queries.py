"""Reads of interactions."""

from chassis.listing import Listing
from customer.interactions.models import Interaction

INTERACTIONS = Listing(
    noun="interaction",
    table=Interaction.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Interaction.__table__.c},
    sorts=("occurred_at",),
    default=(("occurred_at", "desc"),),
)
