"""What this service adds to a customer."""

from typing import Self
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection
from chassis.listing import Page
from chassis.searching.asking import Search
from sales.context import Info
from sales.contracts.graphql import Contract
from sales.contracts.models import Contract as ContractRow
from sales.contracts.queries import CONTRACTS
from sales.leads.graphql import Lead
from sales.leads.models import Lead as LeadRow
from sales.leads.queries import LEADS
from sales.opportunities.graphql import Opportunity
from sales.opportunities.models import Opportunity as OpportunityRow
from sales.opportunities.queries import OPPORTUNITIES
from sales.quotes.graphql import Quote
from sales.quotes.models import Quote as QuoteRow
from sales.quotes.queries import QUOTES


@strawberry.federation.type(keys=["id"], description="A company we deal with, seen whole.")
class Customer:
    id: UUID = strawberry.field(description="Id of the customer.")

    @classmethod
    def resolve_reference(cls, id: str) -> Self:
        """Return the customer that another subgraph points to."""
        return cls(id=UUID(id))

    @strawberry.field(description="Interest they showed, latest first.")
    async def leads(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Lead] | None:
        page = Page(first=first, after=after, search=search)
        return await info.context.children(LEADS, LeadRow.customer_id, self.id, page, Lead.of)

    @strawberry.field(description="Deals with them, latest first.")
    async def opportunities(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Opportunity] | None:
        page = Page(first=first, after=after, search=search)
        column, of = OpportunityRow.customer_id, Opportunity.of
        return await info.context.children(OPPORTUNITIES, column, self.id, page, of)

    @strawberry.field(description="What we offered them, latest first.")
    async def quotes(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Quote] | None:
        page = Page(first=first, after=after, search=search)
        return await info.context.children(QUOTES, QuoteRow.customer_id, self.id, page, Quote.of)

    @strawberry.field(description="What we agreed with them, latest first.")
    async def contracts(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Contract] | None:
        page = Page(first=first, after=after, search=search)
        return await info.context.children(CONTRACTS, ContractRow.customer_id, self.id, page, Contract.of)
