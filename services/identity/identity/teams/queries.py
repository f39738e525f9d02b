"""Reads of teams."""

from chassis.listing import Listing
from identity.teams.models import Team

TEAMS = Listing(
    noun="team",
    table=Team.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Team.__table__.c},
    sorts=("created_at", "name_sort"),
    default=(("name_sort", "asc"),),
)
