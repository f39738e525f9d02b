"""Quotes in the graph."""

from datetime import date, datetime
from decimal import Decimal
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
    DecimalFilter,
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
from roundel.sales.v1 import sales_events_pb2 as events
from sales.context import Info
from sales.opportunities.graphql import Opportunity
from sales.opportunities.queries import OPPORTUNITIES
from sales.products.graphql import Product
from sales.products.queries import PRODUCTS
from sales.quotes import commands
from sales.quotes.models import QuoteStatus
from sales.quotes.queries import LINES_OF_QUOTES, QUOTES
from sales.references import CUSTOMER, CustomerReference, Employee
from sales.trail import TRAIL

strawberry.enum(QuoteStatus, description="How an offer stands.")


@strawberry.type(description="A product in an offer.")
class QuoteLine:
    description: str = strawberry.field(description="What it is.")
    quantity: Decimal = strawberry.field(description="How many.")
    list_price: Money = strawberry.field(description="List price of one on the day of the quote.")
    unit_price: Money = strawberry.field(description="What we ask for one, before the discount.")
    discount_percent: Decimal = strawberry.field(description="Discount on this line.")
    total: Money = strawberry.field(description="What we ask for all of them.")
    product_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: Any, currency: str) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            description=row.description,
            quantity=row.quantity,
            list_price=Money(amount=row.list_price, currency=currency),
            unit_price=Money(amount=row.unit_price, currency=currency),
            discount_percent=row.discount_percent,
            total=Money(amount=row.total, currency=currency),
            product_id=row.product_id,
        )

    @strawberry.field(description="The product.")
    async def product(self, info: Info) -> Product | None:
        row = await info.context.load(PRODUCTS, self.product_id)
        return Product.of(row) if row else None


@strawberry.federation.type(keys=["id"], description="What we offer for an opportunity.")
class Quote(Customised):
    fields_of = "quote"
    id: UUID = strawberry.field(description="Id of the quote.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    number: str = strawberry.field(description="Number on paper, e.g. Q-2026-000001.")
    status: QuoteStatus = strawberry.field(description="How it stands.")
    owner: Employee | None = strawberry.field(description="Who offers.")
    quoted_on: date = strawberry.field(description="Day whose list prices count.")
    list_total: Money = strawberry.field(description="Sum at list prices.")
    total: Money = strawberry.field(description="What we ask.")
    discount_percent: Decimal = strawberry.field(description="Percent off the list price over all lines.")
    created_at: datetime = strawberry.field(description="When it was written.")
    opportunity_id: strawberry.Private[UUID]
    customer: CustomerReference | None = strawberry.field(graphql_type=CUSTOMER, description="To whom.")
    history = TRAIL.history(QUOTES)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            number=row.number,
            status=row.status,
            customer=CustomerReference.of(row.customer_id),
            owner=Employee.of(row.owner_id),
            quoted_on=row.quoted_on,
            list_total=Money(amount=row.list_total, currency=row.currency),
            total=Money(amount=row.total, currency=row.currency),
            discount_percent=row.discount_percent,
            created_at=row.created_at,
            opportunity_id=row.opportunity_id,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the quote that another subgraph points to."""
        row = await info.context.load(QUOTES, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="What it is for.")
    async def opportunity(self, info: Info) -> Opportunity | None:
        row = await info.context.load(OPPORTUNITIES, self.opportunity_id)
        return Opportunity.of(row) if row else None

    @strawberry.field(description="What is offered, in order.")
    async def lines(self, info: Info) -> list[QuoteLine]:
        rows = await info.context.rows(LINES_OF_QUOTES, self.id, by="quote_id", listing=QUOTES)
        return [QuoteLine.of(row, self.total.currency) for row in rows]


@strawberry.input(description="Which quotes; everything given must hold.")
class QuoteFilter:
    id: IdFilter | None = None
    number: TextFilter | None = None
    status: ChoiceFilter[QuoteStatus] | None = None
    opportunity_id: IdFilter | None = None
    customer_id: IdFilter | None = None
    owner_id: IdFilter | None = None
    quoted_on: DateFilter | None = None
    total: DecimalFilter | None = None
    discount_percent: DecimalFilter | None = None
    created_at: DateTimeFilter | None = None


@strawberry.enum(description="What quotes can be sorted by.")
class QuoteSort(Enum):
    CREATED_AT = "created_at"
    QUOTED_ON = "quoted_on"
    TOTAL = "total"
    NUMBER = "number"
    DISCOUNT_PERCENT = "discount_percent"


@strawberry.input(description="Order of a list of quotes.")
class QuoteOrder:
    by: QuoteSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class QuoteQueries:
    @strawberry.field(extensions=[Granted("quote", "read")], description="One quote.")
    async def quote(self, info: Info, id: UUID) -> Quote | None:
        row = await info.context.load(QUOTES, id)
        return Quote.of(row) if row else None

    @strawberry.field(extensions=[Granted("quote", "read")], description="Quotes, newest first.")
    async def quotes(
        self,
        info: Info,
        filter: QuoteFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: QuoteOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Quote]:
        order = ordered(sort, sort_by)
        page = Page(first, after, last, before, condition(filter, where, QUOTES), order, search)
        return await info.context.page(QUOTES, page, Quote.of)


@strawberry.input(description="A product to offer.")
class QuoteLineInput:
    product_id: UUID = strawberry.field(description="Which product.")
    quantity: Decimal = strawberry.field(description="How many.")
    unit_price: MoneyInput | None = strawberry.field(
        default=None, description="Price of one; the list price of the day if not given."
    )
    discount_percent: Decimal = strawberry.field(default=Decimal(0), description="0 to 100.")

    def item(self) -> commands.Item:
        """Return what is to be offered."""
        price = self.unit_price.value() if self.unit_price else None
        return commands.Item(self.product_id, self.quantity, price, self.discount_percent)


@strawberry.input(description="An offer to write.")
class CreateQuoteInput(Input):
    opportunity_id: UUID = strawberry.field(description="What it is for.")
    lines: list[QuoteLineInput] = strawberry.field(description="What is offered.")
    at: datetime | None = strawberry.field(default=None, description="When it was written, if not now.")
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="A quote that goes to the customer.")
class SubmitQuoteInput(ChangeInput):
    id: UUID = strawberry.field(description="Which quote.")
    at: datetime | None = strawberry.field(default=None, description="When it was sent, if not now.")


@strawberry.input(description="A quote that the customer accepted.")
class AcceptQuoteInput(ChangeInput):
    id: UUID = strawberry.field(description="Which quote.")
    at: datetime | None = strawberry.field(default=None, description="When it was accepted, if not now.")


@strawberry.type(description="The quote as it is now.")
class QuotePayload:
    quote: Quote = strawberry.field(description="The quote.")


@strawberry.type
class QuoteMutations:
    @strawberry.mutation(
        extensions=[Granted("quote", "create")], description="Write an offer, priced by the list of the day."
    )
    async def create_quote(self, info: Info, input: CreateQuoteInput) -> QuotePayload:
        items = [line.item() for line in input.lines]
        row = await info.context.change(
            input,
            lambda session: commands.create_quote(
                session, opportunity_id=input.opportunity_id, items=items, at=input.at, custom=input.custom
            ),
        )
        return QuotePayload(quote=Quote.of(row))

    @strawberry.mutation(extensions=[Granted("quote", "submit")], description="Hand a quote to the customer.")
    async def submit_quote(self, info: Info, input: SubmitQuoteInput) -> QuotePayload:
        row = await info.context.change(
            input,
            lambda session: commands.submit_quote(
                session, input.id, expected_version=input.expected_version, at=input.at
            ),
        )
        return QuotePayload(quote=Quote.of(row))

    @strawberry.mutation(
        extensions=[Granted("quote", "accept")], description="Note that the customer accepts a quote."
    )
    async def accept_quote(self, info: Info, input: AcceptQuoteInput) -> QuotePayload:
        row = await info.context.change(
            input,
            lambda session: commands.accept_quote(
                session, input.id, expected_version=input.expected_version, at=input.at
            ),
        )
        return QuotePayload(quote=Quote.of(row))


@strawberry.type
class QuoteSubscriptions:
    quote_changed: Quote = changed(
        Granted("quote", "read"),
        events.QuoteSubmitted,
        events.QuoteAccepted,
        description="A quote, whenever it changes.",
    )
