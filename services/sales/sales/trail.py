"""What this service shows of its audit."""

from chassis.audit.graphql import Trail
from sales.references import Employee

TRAIL = Trail("sales", Employee, lambda _, id: Employee.of(id))
