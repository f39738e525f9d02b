"""What other services own and ours point to."""

from typing import Any, Self
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.types.lazy_type import LazyType

_CUSTOMER: Any = LazyType("Customer", "project.customers")  # which shows what points to it
_CONTRACT: Any = LazyType("Contract", "project.contracts")


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


def customer(description: str) -> Any:
    """Return the field `customer` of a type that has a `customer_id`."""
    return strawberry.field(
        lambda root: _CUSTOMER.resolve_type()(id=root.customer_id),
        graphql_type=_CUSTOMER,
        description=description,
    )


def contract(description: str) -> Any:
    """Return the field of a type that has a `contract_id`, which may be empty."""
    return strawberry.field(
        lambda root: root.contract_id and _CONTRACT.resolve_type()(id=root.contract_id),
        graphql_type=_CONTRACT | None,
        description=description,
    )
