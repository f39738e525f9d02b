"""What resolvers of this service hold."""

from typing import Any
from uuid import UUID

import strawberry

from chassis.graphql.context import BaseContext
from chassis.listing import Listing


class Context(BaseContext):
    """One per request."""

    async def survivor(self, listing: Listing, id: UUID | None) -> Any:
        """Return the row of this id, or of what it was merged into."""
        row: Any = await self.load(listing, id)
        while row is not None and row.merged_into_id is not None:
            row = await self.load(listing, row.merged_into_id)
        return row


Info = strawberry.Info[Context, None]
