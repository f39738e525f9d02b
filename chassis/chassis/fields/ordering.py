"""How lists are asked for an order by a field that the company added."""

from typing import Annotated, Any

import strawberry

from chassis.graphql.connections import Direction
from chassis.listing import Order


@strawberry.input(description="Order by a field that the company added; it comes before `sort`.")
class FieldOrder:
    field: str = strawberry.field(description="`custom.<key>` of a field whose type can be sorted by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


SortBy = Annotated[
    FieldOrder | None, strawberry.argument(description="Order by a field that the company added, first.")
]


def ordered(sort: Any, sort_by: FieldOrder | None) -> tuple[Order, ...]:
    """Return the order that a list's arguments say; empty when they say none."""
    added = ((sort_by.field, sort_by.direction.value),) if sort_by else ()
    return (*added, (sort.by.value, sort.direction.value)) if sort else added
