"""Invoices in the graph."""

from datetime import date, datetime
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.fields.graphql import Customised, CustomValueInput, entered
from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import (
    ChoiceFilter,
    DateFilter,
    DateTimeFilter,
    IdFilter,
    SortBy,
    TextFilter,
    Where,
    condition,
    ordered,
)
from chassis.graphql.inputs import ChangeInput, Input
from chassis.graphql.live import changed
from chassis.graphql.policy import Granted
from chassis.graphql.values import Money, MoneyInput
from chassis.listing import Page
from chassis.searching.asking import Search
from finance import references
from finance.context import Info
from finance.invoices import commands
from finance.invoices.models import InvoiceStatus
from finance.invoices.queries import INVOICES
from finance.receivables.graphql import Receivable
from finance.receivables.queries import RECEIVABLES
from finance.trail import TRAIL
from roundel.finance.v1 import finance_events_pb2 as events

strawberry.enum(InvoiceStatus, description="Whether it is only applied for, or out.")


@strawberry.federation.type(keys=["id"], description="An application for an invoice, then the invoice.")
class Invoice(Customised):
    fields_of = "invoice"
    id: UUID = strawberry.field(description="Id of the invoice.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    number: str | None = strawberry.field(description="Number, given when it is issued.")
    legal_name: str | None = strawberry.field(description="The customer's name on it, as of its issue.")
    amount: Money = strawberry.field(description="What it asks for.")
    status: InvoiceStatus = strawberry.field(description="Whether it is only applied for, or out.")
    applied_on: date = strawberry.field(description="When it was applied for.")
    issued_on: date | None = strawberry.field(description="When it was issued.")
    contract_id: strawberry.Private[UUID]
    contract = references.contract("The contract it is about.")
    customer_id: strawberry.Private[UUID]
    customer = references.customer("Whom it asks.")
    receivable_id: strawberry.Private[UUID | None]
    created_at: datetime = strawberry.field(description="When it was applied for, to the moment.")
    history = TRAIL.history(INVOICES)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            number=row.number,
            legal_name=row.legal_name,
            amount=Money(amount=row.amount, currency=row.currency),
            status=row.status,
            applied_on=row.applied_on,
            issued_on=row.issued_on,
            contract_id=row.contract_id,
            customer_id=row.customer_id,
            receivable_id=row.receivable_id,
            created_at=row.created_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the invoice that another subgraph points to."""
        row = await info.context.load(INVOICES, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="The receivable it is about, if it is about one only.")
    async def receivable(self, info: Info) -> Receivable | None:
        row = await info.context.load(RECEIVABLES, self.receivable_id)
        return Receivable.of(row) if row else None


@strawberry.input(description="Which invoices; everything given must hold.")
class InvoiceFilter:
    id: IdFilter | None = None
    number: TextFilter | None = None
    customer_id: IdFilter | None = None
    contract_id: IdFilter | None = None
    receivable_id: IdFilter | None = None
    status: ChoiceFilter[InvoiceStatus] | None = None
    currency: TextFilter | None = None
    applied_on: DateFilter | None = None
    issued_on: DateFilter | None = None
    created_at: DateTimeFilter | None = None


@strawberry.enum(description="What invoices can be sorted by.")
class InvoiceSort(Enum):
    CREATED_AT = "created_at"
    ISSUED_ON = "issued_on"


@strawberry.input(description="Order of a list of invoices.")
class InvoiceOrder:
    by: InvoiceSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class InvoiceQueries:
    @strawberry.field(extensions=[Granted("invoice", "read")], description="One invoice.")
    async def invoice(self, info: Info, id: UUID) -> Invoice | None:
        row = await info.context.load(INVOICES, id)
        return Invoice.of(row) if row else None

    @strawberry.field(extensions=[Granted("invoice", "read")], description="Invoices, newest first.")
    async def invoices(
        self,
        info: Info,
        filter: InvoiceFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: InvoiceOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Invoice]:
        order = ordered(sort, sort_by)
        page = Page(first, after, last, before, condition(filter, where, INVOICES), order, search)
        return await info.context.page(INVOICES, page, Invoice.of)


@strawberry.input(description="An invoice that is wanted.")
class ApplyForInvoiceInput(Input):
    contract_id: UUID = strawberry.field(description="The contract.")
    receivable_id: UUID | None = strawberry.field(
        default=None, description="The receivable, if it is to be about one only."
    )
    amount: MoneyInput | None = strawberry.field(
        default=None, description="How much, if not all that is not invoiced yet."
    )
    applied_on: date | None = strawberry.field(default=None, description="When, if not today.")
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="An application to make an invoice of.")
class IssueInvoiceInput(ChangeInput):
    id: UUID = strawberry.field(description="Which application.")
    issued_on: date | None = strawberry.field(default=None, description="When, if not today.")


@strawberry.type(description="The invoice as it is now.")
class InvoicePayload:
    invoice: Invoice = strawberry.field(description="The invoice.")


@strawberry.type
class InvoiceMutations:
    @strawberry.mutation(extensions=[Granted("invoice", "create")], description="Ask finance for an invoice.")
    async def apply_for_invoice(self, info: Info, input: ApplyForInvoiceInput) -> InvoicePayload:
        row = await info.context.change(
            input,
            lambda session: commands.apply_for_invoice(
                session,
                contract_id=input.contract_id,
                receivable_id=input.receivable_id,
                amount=input.amount.value() if input.amount else None,
                applied_on=input.applied_on,
                custom=input.custom,
            ),
        )
        return InvoicePayload(invoice=Invoice.of(row))

    @strawberry.mutation(
        extensions=[Granted("invoice", "issue")],
        description="Make an invoice of an application: with the next number, to the customer's legal name.",
    )
    async def issue_invoice(self, info: Info, input: IssueInvoiceInput) -> InvoicePayload:
        row = await info.context.change(
            input,
            lambda session: commands.issue_invoice(
                session, input.id, issued_on=input.issued_on, expected_version=input.expected_version
            ),
        )
        return InvoicePayload(invoice=Invoice.of(row))


@strawberry.type
class InvoiceSubscriptions:
    invoice_changed: Invoice = changed(
        Granted("invoice", "read"),
        events.InvoiceIssued,
        description="An invoice, whenever it changes.",
    )
