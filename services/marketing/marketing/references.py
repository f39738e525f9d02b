"""What other services own and ours point to."""

from typing import Self
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key


@strawberry.federation.type(
    keys=[Key(fields="id", resolvable=False)],  # type: ignore[arg-type]
    description="Somebody who works here.",
)
class Employee:
    id: UUID = strawberry.field(description="Id of the employee.")

    @classmethod
    def of(cls, id: UUID | None) -> Self | None:
        """Return the reference, or None when nobody is named."""
        return None if id is None else cls(id=id)
