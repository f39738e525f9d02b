"""What this service shows of its audit."""

from chassis.audit.graphql import Trail
from marketing.references import Employee

TRAIL = Trail("marketing", Employee, lambda _, id: Employee.of(id))
