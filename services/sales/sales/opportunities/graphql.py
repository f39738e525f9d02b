"""Opportunities in the graph."""

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
from sales.opportunities.models import OpportunityStatus
from sales.opportunities.queries import OPPORTUNITIES
from sales.products.graphql import Product
from sales.products.queries import PRODUCTS
from sales.references import CUSTOMER, Campaign, CustomerReference, Employee
from sales.trail import TRAIL

strawberry.enum(OpportunityStatus, description="How a deal stands.")


@strawberry.type(description="A fact that exit criteria look at.")
class Evidence:
    key: str = strawberry.field(description="What it is about, e.g. demo_done.")
    flag: bool | None = strawberry.field(description="Yes or no.")
    number: Decimal | None = strawberry.field(description="A number.")
    text: str | None = strawberry.field(description="A text.")

    @classmethod
    def of(cls, key: str, value: bool | int | float | str) -> Self:
        """Return the fact under the field of its type."""
        flag = value if isinstance(value, bool) else None
        number = Decimal(str(value)) if isinstance(value, int | float) and flag is None else None
        return cls(key=key, flag=flag, number=number, text=value if isinstance(value, str) else None)


@strawberry.federation.type(keys=["id"], description="A deal on its way through the stages.")
class Opportunity(Customised):
    fields_of = "opportunity"
    id: UUID = strawberry.field(description="Id of the opportunity.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    name: str = strawberry.field(description="What the deal is called.")
    owner: Employee | None = strawberry.field(description="Who works on it.")
    pipeline: str = strawberry.field(description="Whose stages it goes through.")
    stage: str = strawberry.field(description="Key of its stage; see `pipelineStages`.")
    status: OpportunityStatus = strawberry.field(description="How it stands.")
    evidence: list[Evidence] = strawberry.field(description="Facts recorded on the way.")
    amount: Money | None = strawberry.field(description="What it is expected to bring.")
    close_value: Money | None = strawberry.field(description="What it brought.")
    campaign: Campaign | None = strawberry.field(description="What marketing did to bring it about.")
    lead_id: UUID | None = strawberry.field(description="The lead it came from.")
    engaged_on: date | None = strawberry.field(description="First contact.")
    closed_on: date | None = strawberry.field(description="Day it was won or lost.")
    lost_reason: str | None = strawberry.field(description="Why it was lost.")
    external_id: str | None = strawberry.field(description="Id in the system it was imported from.")
    created_at: datetime = strawberry.field(description="When it began.")
    product_id: strawberry.Private[UUID | None]
    customer: CustomerReference | None = strawberry.field(graphql_type=CUSTOMER, description="With whom.")
    history = TRAIL.history(OPPORTUNITIES)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            name=row.name,
            customer=CustomerReference.of(row.customer_id),
            owner=Employee.of(row.owner_id),
            pipeline=row.pipeline,
            stage=row.stage,
            status=row.status,
            evidence=[Evidence.of(key, value) for key, value in sorted(row.evidence.items())],
            amount=Money.of(row.amount, row.currency),
            close_value=Money.of(row.close_amount, row.close_currency),
            campaign=Campaign.of(row.campaign_id),
            lead_id=row.lead_id,
            engaged_on=row.engaged_on,
            closed_on=row.closed_on,
            lost_reason=row.lost_reason,
            external_id=row.external_id,
            created_at=row.created_at,
            product_id=row.product_id,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the opportunity that another subgraph points to."""
        row = await info.context.load(OPPORTUNITIES, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="What they want to buy.")
    async def product(self, info: Info) -> Product | None:
        row = await info.context.load(PRODUCTS, self.product_id)
        return Product.of(row) if row else None


@strawberry.input(description="Which opportunities; everything given must hold.")
class OpportunityFilter:
    id: IdFilter | None = None
    name: TextFilter | None = None
    customer_id: IdFilter | None = None
    owner_id: IdFilter | None = None
    stage: TextFilter | None = None
    status: ChoiceFilter[OpportunityStatus] | None = None
    amount: DecimalFilter | None = None
    close_amount: DecimalFilter | None = None
    product_id: IdFilter | None = None
    lead_id: IdFilter | None = None
    campaign_id: IdFilter | None = None
    engaged_on: DateFilter | None = None
    closed_on: DateFilter | None = None
    external_id: TextFilter | None = None
    created_at: DateTimeFilter | None = None
    and_: list["OpportunityFilter"] | None = strawberry.field(
        default=None, name="and", description="All hold."
    )
    or_: list["OpportunityFilter"] | None = strawberry.field(
        default=None, name="or", description="One holds."
    )
    not_: "OpportunityFilter | None" = strawberry.field(
        default=None, name="not", description="Does not hold."
    )


@strawberry.enum(description="What opportunities can be sorted by.")
class OpportunitySort(Enum):
    CREATED_AT = "created_at"
    NAME = "name"
    AMOUNT = "amount"
    CLOSE_VALUE = "close_amount"
    ENGAGED_ON = "engaged_on"
    CLOSED_ON = "closed_on"


@strawberry.input(description="Order of a list of opportunities.")
class OpportunityOrder:
    by: OpportunitySort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class OpportunityQueries:
    @strawberry.field(extensions=[Granted("opportunity", "read")], description="One opportunity.")
    async def opportunity(self, info: Info, id: UUID) -> Opportunity | None:
        row = await info.context.load(OPPORTUNITIES, id)
        return Opportunity.of(row) if row else None

    @strawberry.field(extensions=[Granted("opportunity", "read")], description="Opportunities, newest first.")
    async def opportunities(
        self,
        info: Info,
        filter: OpportunityFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: OpportunityOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Opportunity]:
        order = ordered(sort, sort_by)
        page = Page(first, after, last, before, condition(filter, where, OPPORTUNITIES), order, search)
        return await info.context.page(OPPORTUNITIES, page, Opportunity.of)


@strawberry.type
class OpportunitySubscriptions:
    opportunity_changed: Opportunity = changed(
        Granted("opportunity", "read"),
        events.OpportunityOpened,
        events.OpportunityStageChanged,
        events.OpportunityWon,
        events.OpportunityLost,
        events.OpportunityChanged,
        events.OpportunityReopened,
        description="An opportunity, whenever it changes.",
    )
