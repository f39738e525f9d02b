"""Reads of facts."""

from chassis.listing import Listing
from insight.facts.models import OpportunityFact

OPPORTUNITY_FACTS = Listing(
    noun="kpi",
    table=OpportunityFact.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in OpportunityFact.__table__.c},
    sorts=("closed_on", "amount"),
    default=(("closed_on", "desc"),),
)
