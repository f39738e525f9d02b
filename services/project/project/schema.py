"""This service's part of the graph."""

from strawberry.federation import Schema

from chassis.access.sharing import sharing
from chassis.graphql.schema import build, join
from project.contracts import Contract
from project.customers import Customer
from project.exports import EXPORTS
from project.imports import IMPORTS
from project.milestones.graphql import MilestoneMutations
from project.projects.fields import PROJECT_FIELDS
from project.projects.graphql import Project as ProjectNode
from project.projects.graphql import ProjectMutations, ProjectQueries, ProjectSubscriptions
from project.projects.models import Project
from project.projects.queries import PROJECTS
from project.tasks.fields import TASK_FIELDS
from project.tasks.graphql import Task as TaskNode
from project.tasks.graphql import TaskMutations
from project.trail import TRAIL

SHARED = (sharing(PROJECTS, Project),)


def schema() -> Schema:
    """Return the subgraph."""
    return build(
        query=join(
            "Query",
            TASK_FIELDS.queries(),
            PROJECT_FIELDS.queries(),
            TRAIL.queries(),
            ProjectQueries,
            *(each.queries for each in (*IMPORTS, *SHARED)),
        ),
        mutation=join(
            "Mutation",
            TASK_FIELDS.mutations(TaskNode),
            PROJECT_FIELDS.mutations(ProjectNode),
            ProjectMutations,
            MilestoneMutations,
            TaskMutations,
            *(each.mutations for each in (*IMPORTS, *EXPORTS, *SHARED)),
        ),
        subscription=join("Subscription", ProjectSubscriptions),
        types=[Customer, Contract],
    )
