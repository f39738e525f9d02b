"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.graphql.schema import build, join
from insight.customers import Customer
from insight.kpis.graphql import KpiQueries


def schema() -> Schema:
    """Return the subgraph."""
    return build(query=join("Query", KpiQueries), types=[Customer])
