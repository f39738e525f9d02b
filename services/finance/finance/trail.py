"""What this service shows of its audit."""

from chassis.audit.graphql import Trail
from finance.references import Employee

TRAIL = Trail("finance", Employee, lambda _, id: Employee.of(id))
