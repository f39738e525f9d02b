"""What this service shows of its audit."""

from chassis.audit.graphql import Trail
from customer.references import Employee

TRAIL = Trail("customer", Employee, lambda _, id: Employee.of(id))
