"""Reads of tasks."""

from chassis.listing import Listing
from project.projects.queries import PROJECTS
from project.tasks.models import Task

TASKS = Listing(
    noun="project",
    table=Task.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Task.__table__.c},
    sorts=("created_at",),
    default=(("created_at", "asc"),),
    owner="assignee_id",
    through=(("project_id", PROJECTS),),
)
