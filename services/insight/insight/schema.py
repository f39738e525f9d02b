"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.graphql.schema import build, join
from insight.customers import Customer
from insight.exports import EXPORTS
from insight.kpis.graphql import KpiQueries
from insight.timeline.graphql import TimelineSubscriptions
from insight.trail import TRAIL


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join("Query", TRAIL.queries(), KpiQueries),
        mutation=join("Mutation", *(each.mutations for each in EXPORTS)),
        subscription=join("Subscription", TimelineSubscriptions),
        types=[Customer],
    )
