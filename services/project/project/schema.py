"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.access.sharing import sharing
from chassis.graphql.schema import build, join
from project.contracts import Contract
from project.customers import Customer
from project.exports import EXPORTS
from project.milestones.graphql import MilestoneMutations
from project.projects.graphql import ProjectMutations, ProjectQueries, ProjectSubscriptions
from project.projects.models import Project
from project.projects.queries import PROJECTS
from project.tasks.graphql import TaskMutations
from project.trail import TRAIL

SHARED = (sharing(PROJECTS, Project),)


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join("Query", TRAIL.queries(), ProjectQueries, *(each.queries for each in SHARED)),
        mutation=join(
            "Mutation",
            ProjectMutations,
            MilestoneMutations,
            TaskMutations,
            *(each.mutations for each in (*EXPORTS, *SHARED)),
        ),
        subscription=join("Subscription", ProjectSubscriptions),
        types=[Customer, Contract],
    )
