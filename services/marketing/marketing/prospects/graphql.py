"""Prospects in the graph, and what marketing adds to customers."""

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
from chassis.graphql.inputs import ChangeInput
from chassis.graphql.live import changed
from chassis.graphql.policy import Granted
from chassis.listing import Page
from chassis.searching.asking import Search
from marketing.campaigns.graphql import Campaign
from marketing.campaigns.queries import CAMPAIGNS
from marketing.context import Info
from marketing.prospects import commands
from marketing.prospects.models import Prospect as ProspectRow
from marketing.prospects.models import ProspectStatus
from marketing.prospects.queries import PROSPECTS, SOURCE_CAMPAIGNS
from marketing.touchpoints.graphql import Touchpoint
from marketing.touchpoints.models import Touchpoint as TouchpointRow
from marketing.touchpoints.queries import TOUCHPOINTS
from marketing.trail import TRAIL
from roundel.marketing.v1 import marketing_events_pb2 as events

strawberry.enum(ProspectStatus, description="How far marketing is with a prospect.")


@strawberry.federation.type(keys=["id"], description="Somebody who showed interest.")
class Prospect(Customised):
    fields_of = "prospect"
    id: UUID = strawberry.field(description="Id of the prospect in every service.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    company: str = strawberry.field(description="Their company, or their name when they named none.")
    contact_name: str | None = strawberry.field(description="Who they are.")
    email: str | None = strawberry.field(description="E-mail address; no other prospect has it.")
    phone: str | None = strawberry.field(description="Phone number, E.164; no other prospect has it.")
    region: str | None = strawberry.field(description="Where they are.")
    industry: str | None = strawberry.field(description="What they do.")
    product_interest: str | None = strawberry.field(description="What they want.")
    message: str | None = strawberry.field(description="What they wrote first.")
    source: str = strawberry.field(description="Where they came from first.")
    status: ProspectStatus = strawberry.field(description="How far we are.")
    captured_at: datetime = strawberry.field(description="When we first heard of them.")
    campaign_id: strawberry.Private[UUID | None]
    customer_id: strawberry.Private[UUID | None]
    history = TRAIL.history(PROSPECTS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            company=row.company,
            contact_name=row.contact_name,
            email=row.email,
            phone=row.phone,
            region=row.region,
            industry=row.industry,
            product_interest=row.product_interest,
            message=row.message,
            source=row.source,
            status=row.status,
            captured_at=row.captured_at,
            campaign_id=row.campaign_id,
            customer_id=row.customer_id,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the prospect that another subgraph points to."""
        row = await info.context.load(PROSPECTS, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="The campaign that brought them first.")
    async def campaign(self, info: Info) -> Campaign | None:
        row = await info.context.load(CAMPAIGNS, self.campaign_id)
        return Campaign.of(row) if row else None

    @strawberry.field(description="The customer they became.")
    async def customer(self) -> "Customer | None":
        return Customer(id=self.customer_id) if self.customer_id else None

    @strawberry.field(description="How they met us, latest first.")
    async def touchpoints(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Touchpoint]:
        page = Page(first=first, after=after)
        column = TouchpointRow.prospect_id
        return await info.context.children(TOUCHPOINTS, column, self.id, page, Touchpoint.of)


@strawberry.federation.type(keys=["id"], description="A company we deal with, seen whole.")
class Customer:
    id: UUID = strawberry.field(description="Id of the customer in every service.")

    @classmethod
    def resolve_reference(cls, id: str) -> Self:
        """Return what we add to the customer that another subgraph points to."""
        return cls(id=UUID(id))

    @strawberry.field(description="How they met us, also before they were a customer; latest first.")
    async def touchpoints(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Touchpoint] | None:
        page = Page(first=first, after=after)
        column = TouchpointRow.customer_id
        return await info.context.children(TOUCHPOINTS, column, self.id, page, Touchpoint.of)

    @strawberry.field(description="The prospects that became this customer, latest first.")
    async def prospects(
        self, info: Info, search: Search = None, first: int | None = None, after: str | None = None
    ) -> Connection[Prospect] | None:
        page = Page(first=first, after=after, search=search)
        column = ProspectRow.customer_id
        return await info.context.children(PROSPECTS, column, self.id, page, Prospect.of)

    @strawberry.field(description="The campaign that brought them first.")
    async def source_campaign(self, info: Info) -> Campaign | None:
        info.context.principal.require("campaign", "read")
        found = await info.context.rows(SOURCE_CAMPAIGNS, self.id, by="customer_id", listing=PROSPECTS)
        return Campaign.of(found[0]) if found else None


@strawberry.input(description="Which prospects; everything given must hold.")
class ProspectFilter:
    id: IdFilter | None = None
    company: TextFilter | None = None
    contact_name: TextFilter | None = None
    email: TextFilter | None = None
    phone: TextFilter | None = None
    region: TextFilter | None = None
    industry: TextFilter | None = None
    source: TextFilter | None = None
    campaign_id: IdFilter | None = None
    customer_id: IdFilter | None = None
    status: ChoiceFilter[ProspectStatus] | None = None
    captured_at: DateTimeFilter | None = None
    and_: list["ProspectFilter"] | None = strawberry.field(default=None, name="and", description="All hold.")
    or_: list["ProspectFilter"] | None = strawberry.field(default=None, name="or", description="One holds.")
    not_: "ProspectFilter | None" = strawberry.field(default=None, name="not", description="Does not hold.")


@strawberry.enum(description="What prospects can be sorted by.")
class ProspectSort(Enum):
    CAPTURED_AT = "captured_at"
    COMPANY = "company"


@strawberry.input(description="Order of a list of prospects.")
class ProspectOrder:
    by: ProspectSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class ProspectQueries:
    @strawberry.field(extensions=[Granted("prospect", "read")], description="One prospect.")
    async def prospect(self, info: Info, id: UUID) -> Prospect | None:
        row = await info.context.load(PROSPECTS, id)
        return Prospect.of(row) if row else None

    @strawberry.field(extensions=[Granted("prospect", "read")], description="Prospects, newest first.")
    async def prospects(
        self,
        info: Info,
        filter: ProspectFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: ProspectOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Prospect]:
        order = ordered(sort, sort_by)
        page = Page(first, after, last, before, condition(filter, where, PROSPECTS), order, search)
        return await info.context.page(PROSPECTS, page, Prospect.of)


@strawberry.input(description="A prospect that is ready for sales.")
class QualifyProspectInput(ChangeInput):
    id: UUID = strawberry.field(description="Which prospect.")
    at: datetime | None = strawberry.field(default=None, description="When, if not now.")


@strawberry.type(description="The prospect as it is now.")
class ProspectPayload:
    prospect: Prospect = strawberry.field(description="The prospect.")


@strawberry.type
class ProspectMutations:
    @strawberry.mutation(
        extensions=[Granted("prospect", "qualify")], description="Hand a prospect to sales, once."
    )
    async def qualify_prospect(self, info: Info, input: QualifyProspectInput) -> ProspectPayload:
        row = await info.context.change(
            input,
            lambda session: commands.qualify_prospect(
                session, input.id, expected_version=input.expected_version, at=input.at
            ),
        )
        return ProspectPayload(prospect=Prospect.of(row))


@strawberry.type
class ProspectSubscriptions:
    prospect_changed: Prospect = changed(
        Granted("prospect", "read"),
        events.ProspectCaptured,
        events.ProspectQualified,
        description="A prospect, whenever it changes.",
    )
