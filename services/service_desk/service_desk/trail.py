"""What this service shows of its audit."""

from chassis.audit.graphql import Trail
from service_desk.references import Employee

TRAIL = Trail("service_desk", Employee, lambda _, id: Employee.of(id))
