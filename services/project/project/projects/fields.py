"""What companies add to projects, and the form to enter it with."""

from chassis.fields.factory import CustomFields
from project.projects.models import Project
from project.projects.queries import PROJECTS

PROJECT_FIELDS = CustomFields(
    "Project",
    Project,
    PROJECTS,
)
