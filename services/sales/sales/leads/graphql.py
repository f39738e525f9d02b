"""Leads in the graph."""

from datetime import datetime
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.fields.graphql import Customised
from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import (
    ChoiceFilter,
    DateTimeFilter,
    IdFilter,
    SortBy,
    TextFilter,
    Where,
    condition,
    ordered,
)
from chassis.graphql.live import changed
from chassis.graphql.policy import Granted
from chassis.listing import Page
from chassis.searching.asking import Search
from roundel.sales.v1 import sales_events_pb2 as events
from sales.context import Info
from sales.leads.models import LeadStatus
from sales.leads.queries import LEADS
from sales.opportunities.graphql import Opportunity
from sales.opportunities.queries import OPPORTUNITIES
from sales.references import CUSTOMER, Campaign, CustomerReference, Employee
from sales.trail import TRAIL

strawberry.enum(LeadStatus, description="How far we are with a lead.")


@strawberry.federation.type(keys=["id"], description="Somebody's interest in what we sell.")
class Lead(Customised):
    fields_of = "lead"
    id: UUID = strawberry.field(description="Id of the lead.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    status: LeadStatus = strawberry.field(description="How far we are.")
    company: str = strawberry.field(description="Who is interested.")
    contact_name: str | None = strawberry.field(description="The person there.")
    email: str | None = strawberry.field(description="E-mail address.")
    phone: str | None = strawberry.field(description="Phone number.")
    region: str | None = strawberry.field(description="Sales region.")
    industry: str | None = strawberry.field(description="Path in the industry tree.")
    product_interest: str | None = strawberry.field(description="What they are interested in.")
    source: str | None = strawberry.field(description="Where the lead came from.")
    message: str | None = strawberry.field(description="What they wrote.")
    campaign: Campaign | None = strawberry.field(description="What marketing did to bring it about.")
    prospect_id: UUID | None = strawberry.field(description="The prospect it came from.")
    owner: Employee | None = strawberry.field(description="Who deals with it; nobody in the public pool.")
    assigned_by_rule: str | None = strawberry.field(description="Rule that chose the owner, if one did.")
    assigned_at: datetime | None = strawberry.field(description="When it was assigned.")
    lost_reason: str | None = strawberry.field(description="Why it was lost.")
    created_at: datetime = strawberry.field(description="When it came in.")
    opportunity_id: strawberry.Private[UUID | None]
    customer: CustomerReference | None = strawberry.field(
        graphql_type=CUSTOMER, description="The customer they are."
    )
    history = TRAIL.history(LEADS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            version=row.version,
            status=row.status,
            company=row.company,
            contact_name=row.contact_name,
            email=row.email,
            phone=row.phone,
            region=row.region,
            industry=row.industry,
            product_interest=row.product_interest,
            source=row.source,
            message=row.message,
            campaign=Campaign.of(row.campaign_id),
            prospect_id=row.prospect_id,
            customer=CustomerReference.of(row.customer_id),
            owner=Employee.of(row.owner_id),
            assigned_by_rule=row.assigned_by_rule,
            assigned_at=row.assigned_at,
            lost_reason=row.lost_reason,
            created_at=row.created_at,
            opportunity_id=row.opportunity_id,
            record=row,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the lead that another subgraph points to."""
        row = await info.context.load(LEADS, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="What it became.")
    async def opportunity(self, info: Info) -> Opportunity | None:
        row = await info.context.load(OPPORTUNITIES, self.opportunity_id)
        return Opportunity.of(row) if row else None


@strawberry.input(description="Which leads; everything given must hold.")
class LeadFilter:
    id: IdFilter | None = None
    company: TextFilter | None = None
    email: TextFilter | None = None
    region: TextFilter | None = None
    industry: TextFilter | None = None
    product_interest: TextFilter | None = None
    source: TextFilter | None = None
    status: ChoiceFilter[LeadStatus] | None = None
    campaign_id: IdFilter | None = None
    prospect_id: IdFilter | None = None
    customer_id: IdFilter | None = None
    owner_id: IdFilter | None = None
    assigned_at: DateTimeFilter | None = None
    created_at: DateTimeFilter | None = None
    and_: list["LeadFilter"] | None = strawberry.field(default=None, name="and", description="All hold.")
    or_: list["LeadFilter"] | None = strawberry.field(default=None, name="or", description="One holds.")
    not_: "LeadFilter | None" = strawberry.field(default=None, name="not", description="Does not hold.")


@strawberry.enum(description="What leads can be sorted by.")
class LeadSort(Enum):
    CREATED_AT = "created_at"
    COMPANY = "company"
    ASSIGNED_AT = "assigned_at"


@strawberry.input(description="Order of a list of leads.")
class LeadOrder:
    by: LeadSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class LeadQueries:
    @strawberry.field(extensions=[Granted("lead", "read")], description="One lead.")
    async def lead(self, info: Info, id: UUID) -> Lead | None:
        row = await info.context.load(LEADS, id)
        return Lead.of(row) if row else None

    @strawberry.field(
        extensions=[Granted("lead", "read")],
        description="Leads, newest first; the public pool is `ownerId: {isEmpty: true}`.",
    )
    async def leads(
        self,
        info: Info,
        filter: LeadFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: LeadOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Lead]:
        order = ordered(sort, sort_by)
        page = Page(first, after, last, before, condition(filter, where, LEADS), order, search)
        return await info.context.page(LEADS, page, Lead.of)


@strawberry.type
class LeadSubscriptions:
    lead_changed: Lead = changed(
        Granted("lead", "read"),
        events.LeadCreated,
        events.LeadAssigned,
        events.LeadConverted,
        events.LeadLost,
        description="A lead, whenever it changes.",
    )
