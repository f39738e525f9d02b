"""What this service shows of its audit."""

from typing import Any
from uuid import UUID

from strawberry.types.lazy_type import LazyType

from chassis.audit.graphql import Trail

_EMPLOYEE: Any = LazyType("Employee", "identity.people")  # which has a history itself


def _employee(info: Any, id: UUID | None) -> Any:
    return _EMPLOYEE.resolve_type().resolve_reference(info, id=str(id)) if id else None


TRAIL = Trail("identity", _EMPLOYEE, _employee)
