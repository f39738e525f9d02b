"""What this service adds to a customer."""

from typing import Self
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection
from chassis.listing import Page
from chassis.searching.asking import Search
from finance.context import Info
from finance.credit.graphql import Credit
from finance.credit.queries import DEBTORS, Standing, standings
from finance.invoices.graphql import Invoice
from finance.invoices.models import Invoice as InvoiceRow
from finance.invoices.queries import INVOICES
from finance.receipts.graphql import Receipt
from finance.receipts.models import Receipt as ReceiptRow
from finance.receipts.queries import RECEIPTS
from finance.receivables.graphql import Receivable
from finance.receivables.models import Receivable as ReceivableRow
from finance.receivables.queries import RECEIVABLES


@strawberry.federation.type(keys=["id"], description="A company we deal with, seen whole.")
class Customer:
    id: UUID = strawberry.field(description="Id of the customer.")

    @classmethod
    def resolve_reference(cls, id: str) -> Self:
        """Return the customer that another subgraph points to."""
        return cls(id=UUID(id))

    @strawberry.field(description="What they owe and owed, next due first.")
    async def receivables(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Receivable] | None:
        page = Page(first=first, after=after, search=search)
        column = ReceivableRow.customer_id
        return await info.context.children(RECEIVABLES, column, self.id, page, Receivable.of)

    @strawberry.field(description="What we asked them to pay, newest first.")
    async def invoices(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Invoice] | None:
        page = Page(first=first, after=after, search=search)
        return await info.context.children(INVOICES, InvoiceRow.customer_id, self.id, page, Invoice.of)

    @strawberry.field(description="What they paid, latest first.")
    async def receipts(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Receipt] | None:
        page = Page(first=first, after=after, search=search)
        return await info.context.children(RECEIPTS, ReceiptRow.customer_id, self.id, page, Receipt.of)

    @strawberry.field(description="What they may owe, in the currency of their first limit or the default's.")
    async def credit(self, info: Info) -> Credit | None:
        statement = standings(info.context.default_credit_limit)
        rows = await info.context.rows(statement, self.id, by="customer_id", listing=DEBTORS)
        return Credit.of(Standing.of(rows[0])) if rows else None
