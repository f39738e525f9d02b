"""Reads of the timeline."""

from chassis.access.foreign import owners_of
from chassis.listing import Listing
from insight.timeline.models import Happening

HAPPENINGS = Listing(
    noun="timeline",
    table=Happening.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Happening.__table__.c},
    sorts=("occurred_at",),
    default=(("occurred_at", "desc"),),
    through=(("customer_id", owners_of("timeline")),),
    parts=(("title", ("data",)), ("titleZh", ("data",))),
)
