"""What this service shows of its audit."""

from chassis.audit.graphql import Trail
from project.references import Employee

TRAIL = Trail("project", Employee, lambda _, id: Employee.of(id))
