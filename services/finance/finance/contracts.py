"""What this service adds to a contract."""

from typing import Self
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection
from chassis.listing import Page
from chassis.searching.asking import Search
from finance.context import Info
from finance.receivables.graphql import Receivable
from finance.receivables.models import Receivable as ReceivableRow
from finance.receivables.queries import RECEIVABLES


@strawberry.federation.type(keys=["id"], description="What a customer signed.")
class Contract:
    id: UUID = strawberry.field(description="Id of the contract.")

    @classmethod
    def resolve_reference(cls, id: str) -> Self:
        """Return the contract that another subgraph points to."""
        return cls(id=UUID(id))

    @strawberry.field(description="Its payment plan, next due first.")
    async def receivables(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Receivable] | None:
        page = Page(first=first, after=after, search=search)
        column = ReceivableRow.contract_id
        return await info.context.children(RECEIVABLES, column, self.id, page, Receivable.of)
