"""The lists of this service that can be exported."""

from chassis.exporting.graphql import exports
from insight.facts.queries import OPPORTUNITY_FACTS
from insight.timeline.queries import HAPPENINGS

EXPORTS = (
    exports("insight", "OpportunityFacts", OPPORTUNITY_FACTS),
    exports("insight", "Happenings", HAPPENINGS),
)
EXPORTABLES = tuple(each.exportable for each in EXPORTS)
