"""What this service shows of its audit."""

from typing import Any

from strawberry.types.lazy_type import LazyType

from chassis.audit.graphql import Trail

_EMPLOYEE: Any = LazyType("Employee", "automation.todos.entities")  # which shows what has a history

TRAIL = Trail("automation", _EMPLOYEE, lambda _, id: _EMPLOYEE.resolve_type().of(id))
