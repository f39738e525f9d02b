"""What other services own and ours point to."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.types.lazy_type import LazyType


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


@strawberry.federation.type(
    keys=[Key(fields="id", resolvable=False)],  # type: ignore[arg-type]
    description="Something marketing spent money on to be heard.",
)
class Campaign:
    id: UUID = strawberry.field(description="Id of the campaign.")

    @classmethod
    def of(cls, id: UUID | None) -> Self | None:
        """Return the reference, or None when no campaign is named."""
        return None if id is None else cls(id=id)


# Customers show our types and these show their customer: this end of the circle is tied with the schema.
CUSTOMER = LazyType("Customer", "sales.customers") | None


@dataclass(frozen=True, slots=True)
class CustomerReference:
    """What stands for a customer; the graph shows it as `customers.Customer`."""

    id: UUID

    @classmethod
    def of(cls, id: UUID | None) -> Self | None:
        """Return the reference, or None when no customer is named."""
        return None if id is None else cls(id)
