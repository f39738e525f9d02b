"""Contracts in the graph."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.fields.graphql import Customised
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
from chassis.graphql.live import changed
from chassis.graphql.policy import Granted
from chassis.graphql.values import Money
from chassis.listing import Page
from chassis.searching.asking import Search
from roundel.sales.v1 import sales_events_pb2 as events
from sales.context import Info
from sales.contracts.models import ContractStatus
from sales.contracts.queries import (
    ACTIVATIONS_OF_CONTRACTS,
    CONTRACTS,
    INSTALMENTS_OF_CONTRACTS,
    LINES_OF_CONTRACTS,
)
from sales.opportunities.graphql import Opportunity
from sales.opportunities.queries import OPPORTUNITIES
from sales.products.graphql import Product
from sales.products.queries import PRODUCTS
from sales.quotes.graphql import Quote
from sales.quotes.queries import QUOTES
from sales.references import CUSTOMER, CustomerReference, Employee
from sales.trail import TRAIL

strawberry.enum(ContractStatus, description="How a contract stands.")


@strawberry.type(description="What is to be delivered for which part of the total.")
class ContractLine:
    description: str = strawberry.field(description="What it is.")
    quantity: Decimal = strawberry.field(description="How many.")
    amount: Money = strawberry.field(description="For how much, together.")
    product_id: strawberry.Private[UUID | None]

    @strawberry.field(description="The product, when it is one of the list.")
    async def product(self, info: Info) -> Product | None:
        row = await info.context.load(PRODUCTS, self.product_id)
        return Product.of(row) if row else None


@strawberry.type(description="What is to be paid when.")
class ContractInstalment:
    name: str = strawberry.field(description="What it is called.")
    amount: Money = strawberry.field(description="How much.")
    due_on: date | None = strawberry.field(description="By when; empty while it follows from the signature.")


@strawberry.type(description="What happened after the signature.")
class ContractActivation:
    missing: list[str] = strawberry.field(description="Services that did not do their part yet.")
    due_at: datetime = strawberry.field(description="When somebody is told that answers are late.")
    activated_at: datetime | None = strawberry.field(description="When all parts were there.")


@strawberry.federation.type(keys=["id"], description="What we agreed with a customer.")
class Contract(Customised):
    fields_of = "contract"
    id: UUID = strawberry.field(description="Id of the contract.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    number: str = strawberry.field(description="Number on paper, e.g. C-2026-000001.")
    title: str = strawberry.field(description="What it is about.")
    status: ContractStatus = strawberry.field(description="How it stands.")
    owner: Employee | None = strawberry.field(description="Who looks after it.")
    total: Money = strawberry.field(description="What it brings.")
    signed_on: date | None = strawberry.field(description="Day of the signature.")
    starts_on: date | None = strawberry.field(description="First day in force.")
    ends_on: date | None = strawberry.field(description="Last day in force.")
    created_at: datetime = strawberry.field(description="When it was drafted.")
    opportunity_id: strawberry.Private[UUID | None]
    quote_id: strawberry.Private[UUID | None]
    customer: CustomerReference | None = strawberry.field(graphql_type=CUSTOMER, description="With whom.")
    history = TRAIL.history(CONTRACTS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            number=row.number,
            title=row.title,
            status=row.status,
            customer=CustomerReference.of(row.customer_id),
            owner=Employee.of(row.owner_id),
            total=Money(amount=row.total, currency=row.currency),
            signed_on=row.signed_on,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            created_at=row.created_at,
            opportunity_id=row.opportunity_id,
            quote_id=row.quote_id,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the contract that another subgraph points to."""
        row = await info.context.load(CONTRACTS, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="The deal it closes.")
    async def opportunity(self, info: Info) -> Opportunity | None:
        row = await info.context.load(OPPORTUNITIES, self.opportunity_id)
        return Opportunity.of(row) if row else None

    @strawberry.field(description="The quote it follows.")
    async def quote(self, info: Info) -> Quote | None:
        row = await info.context.load(QUOTES, self.quote_id)
        return Quote.of(row) if row else None

    @strawberry.field(description="What is to be delivered, in order.")
    async def lines(self, info: Info) -> list[ContractLine]:
        rows = await info.context.rows(LINES_OF_CONTRACTS, self.id, by="contract_id", listing=CONTRACTS)
        return [
            ContractLine(
                description=row.description,
                quantity=row.quantity,
                amount=Money(amount=row.amount, currency=self.total.currency),
                product_id=row.product_id,
            )
            for row in rows
        ]

    @strawberry.field(description="What is to be paid when, in order; adds up to the total.")
    async def instalments(self, info: Info) -> list[ContractInstalment]:
        rows = await info.context.rows(INSTALMENTS_OF_CONTRACTS, self.id, by="contract_id", listing=CONTRACTS)
        return [
            ContractInstalment(
                name=row.name,
                amount=Money(amount=row.amount, currency=self.total.currency),
                due_on=row.due_on,
            )
            for row in rows
        ]

    @strawberry.field(description="What happened after the signature.")
    async def activation(self, info: Info) -> ContractActivation | None:
        rows = await info.context.rows(ACTIVATIONS_OF_CONTRACTS, self.id, by="contract_id", listing=CONTRACTS)
        for row in rows:
            parts = {"project": row.project_id, "finance": row.receivable_ids}
            missing = [service for service, part in parts.items() if part is None]
            return ContractActivation(missing=missing, due_at=row.due_at, activated_at=row.activated_at)
        return None


@strawberry.input(description="Which contracts; everything given must hold.")
class ContractFilter:
    id: IdFilter | None = None
    number: TextFilter | None = None
    title: TextFilter | None = None
    status: ChoiceFilter[ContractStatus] | None = None
    customer_id: IdFilter | None = None
    opportunity_id: IdFilter | None = None
    quote_id: IdFilter | None = None
    owner_id: IdFilter | None = None
    total: DecimalFilter | None = None
    signed_on: DateFilter | None = None
    created_at: DateTimeFilter | None = None


@strawberry.enum(description="What contracts can be sorted by.")
class ContractSort(Enum):
    CREATED_AT = "created_at"
    SIGNED_ON = "signed_on"
    TOTAL = "total"
    NUMBER = "number"


@strawberry.input(description="Order of a list of contracts.")
class ContractOrder:
    by: ContractSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class ContractQueries:
    @strawberry.field(extensions=[Granted("contract", "read")], description="One contract.")
    async def contract(self, info: Info, id: UUID) -> Contract | None:
        row = await info.context.load(CONTRACTS, id)
        return Contract.of(row) if row else None

    @strawberry.field(extensions=[Granted("contract", "read")], description="Contracts, newest first.")
    async def contracts(
        self,
        info: Info,
        filter: ContractFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: ContractOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Contract]:
        order = ordered(sort, sort_by)
        page = Page(first, after, last, before, condition(filter, where, CONTRACTS), order, search)
        return await info.context.page(CONTRACTS, page, Contract.of)


@strawberry.type
class ContractSubscriptions:
    contract_changed: Contract = changed(
        Granted("contract", "read"),
        events.ContractSigned,
        events.ContractActivated,
        events.ContractActivationOverdue,
        description="A contract, whenever it changes.",
    )
