"""What this service adds to a customer."""

from typing import Self
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection
from chassis.listing import Page
from insight.context import Info
from insight.timeline.graphql import TimelineEntry
from insight.timeline.models import Happening
from insight.timeline.queries import HAPPENINGS


@strawberry.federation.type(keys=["id"], description="A company we deal with, seen whole.")
class Customer:
    id: UUID = strawberry.field(description="Id of the customer.")

    @classmethod
    def resolve_reference(cls, id: str) -> Self:
        """Return the customer that another subgraph points to."""
        return cls(id=UUID(id))

    @strawberry.field(description="What happened with the customer in every department, latest first.")
    async def timeline(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[TimelineEntry] | None:
        page = Page(first=first, after=after)
        return await info.context.children(HAPPENINGS, Happening.customer_id, self.id, page, TimelineEntry.of)
