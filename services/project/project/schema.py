"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.graphql.schema import build, join
from project.contracts import Contract
from project.customers import Customer
from project.exports import EXPORTS
from project.milestones.graphql import MilestoneMutations
from project.projects.graphql import ProjectMutations, ProjectQueries, ProjectSubscriptions
from project.tasks.graphql import TaskMutations
from project.trail import TRAIL


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join("Query", TRAIL.queries(), ProjectQueries),
        mutation=join(
            "Mutation",
            ProjectMutations,
            MilestoneMutations,
            TaskMutations,
            *(each.mutations for each in EXPORTS),
        ),
        subscription=join("Subscription", ProjectSubscriptions),
        types=[Customer, Contract],
    )
