"""Reads of the timeline."""

from chassis.listing import Listing
from insight.timeline.models import Happening

HAPPENINGS = Listing(
    noun="timeline",
    table=Happening.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Happening.__table__.c},
    sorts=("occurred_at",),
    default=(("occurred_at", "desc"),),
)
