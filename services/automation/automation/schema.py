"""This service's part of the graph."""

from strawberry.federation import Schema

from automation.exports import EXPORTS
from automation.imports import IMPORTS
from automation.todos.entities import Customer, Employee, Todo
from automation.todos.fields import TODO_FIELDS
from automation.todos.graphql import TodoMutations, TodoQueries, TodoSubscriptions
from automation.trail import TRAIL
from chassis.graphql.schema import build, join


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join(
            "Query", TODO_FIELDS.queries(), TRAIL.queries(), TodoQueries, *(each.queries for each in IMPORTS)
        ),
        mutation=join(
            "Mutation",
            TODO_FIELDS.mutations(Todo),
            TodoMutations,
            *(each.mutations for each in (*IMPORTS, *EXPORTS)),
        ),
        subscription=join("Subscription", TodoSubscriptions),
        types=[Customer, Employee],
    )
