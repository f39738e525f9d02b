"""This service's part of the graph."""

from strawberry.federation import Schema

from automation.exports import EXPORTS
from automation.todos.entities import Customer, Employee
from automation.todos.graphql import TodoMutations, TodoQueries, TodoSubscriptions
from automation.trail import TRAIL
from chassis.graphql.schema import build, join


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join("Query", TRAIL.queries(), TodoQueries),
        mutation=join("Mutation", TodoMutations, *(each.mutations for each in EXPORTS)),
        subscription=join("Subscription", TodoSubscriptions),
        types=[Customer, Employee],
    )
