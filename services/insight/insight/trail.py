"""What this service shows of its audit."""

from chassis.audit.graphql import Trail
from insight.references import Employee

TRAIL = Trail("insight", Employee, lambda _, id: Employee.of(id))
