"""The lists of this service that can be exported."""

from chassis.exporting.graphql import exports
from project.milestones.queries import MILESTONES
from project.projects.graphql import ProjectFilter, ProjectOrder
from project.projects.queries import PROJECTS
from project.tasks.queries import TASKS

EXPORTS = (
    exports("project", "Projects", PROJECTS, filter=ProjectFilter, order=ProjectOrder),
    exports("project", "Milestones", MILESTONES),
    exports("project", "Tasks", TASKS),
)
EXPORTABLES = tuple(each.exportable for each in EXPORTS)
