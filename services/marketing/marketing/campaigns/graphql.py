"""Campaigns in the graph."""

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
from marketing.campaigns import commands
from marketing.campaigns.models import CampaignChannel
from marketing.campaigns.queries import CAMPAIGNS
from marketing.context import Info
from marketing.costs.graphql import CampaignCost
from marketing.costs.models import CampaignCost as CostRow
from marketing.costs.queries import COSTS, TOTALS
from marketing.trail import TRAIL
from roundel.marketing.v1 import marketing_events_pb2 as events

strawberry.enum(CampaignChannel, description="Where a campaign meets people.")


@strawberry.federation.type(keys=["id"], description="What we do so that others hear of us.")
class Campaign(Customised):
    fields_of = "campaign"
    id: UUID = strawberry.field(description="Id of the campaign in every service.")
    version: int = strawberry.field(description="Rises with every change; pass it as `expectedVersion`.")
    name: str = strawberry.field(description="What people call it.")
    channel: CampaignChannel = strawberry.field(description="Where it meets people.")
    source_code: str = strawberry.field(description="Stamps whom it brings; unique.")
    budget: Money | None = strawberry.field(description="What it may cost.")
    starts_on: date = strawberry.field(description="First day.")
    ends_on: date | None = strawberry.field(description="Last day, unless it goes on.")
    created_at: datetime = strawberry.field(description="When it was launched here.")
    history = TRAIL.history(CAMPAIGNS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            record=row,
            id=row.id,
            version=row.version,
            name=row.name,
            channel=row.channel,
            source_code=row.source_code,
            budget=Money.of(row.budget_amount, row.budget_currency),
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            created_at=row.created_at,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the campaign that another subgraph points to."""
        row = await info.context.load(CAMPAIGNS, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="What it cost so far, one amount per currency.")
    async def total_cost(self, info: Info) -> list[Money]:
        rows = await info.context.rows(TOTALS, self.id, by="campaign_id", listing=CAMPAIGNS)
        return [Money(amount=row.amount, currency=row.currency) for row in rows]

    @strawberry.field(description="What was spent on it, latest first.")
    async def costs(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[CampaignCost]:
        page = Page(first=first, after=after)
        return await info.context.children(COSTS, CostRow.campaign_id, self.id, page, CampaignCost.of)


@strawberry.input(description="Which campaigns; everything given must hold.")
class CampaignFilter:
    id: IdFilter | None = None
    name: TextFilter | None = None
    channel: ChoiceFilter[CampaignChannel] | None = None
    source_code: TextFilter | None = None
    starts_on: DateFilter | None = None
    ends_on: DateFilter | None = None
    and_: list["CampaignFilter"] | None = strawberry.field(default=None, name="and", description="All hold.")
    or_: list["CampaignFilter"] | None = strawberry.field(default=None, name="or", description="One holds.")
    not_: "CampaignFilter | None" = strawberry.field(default=None, name="not", description="Does not hold.")


@strawberry.enum(description="What campaigns can be sorted by.")
class CampaignSort(Enum):
    STARTS_ON = "starts_on"
    NAME = "name"
    CREATED_AT = "created_at"


@strawberry.input(description="Order of a list of campaigns.")
class CampaignOrder:
    by: CampaignSort = strawberry.field(description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class CampaignQueries:
    @strawberry.field(extensions=[Granted("campaign", "read")], description="One campaign.")
    async def campaign(self, info: Info, id: UUID) -> Campaign | None:
        row = await info.context.load(CAMPAIGNS, id)
        return Campaign.of(row) if row else None

    @strawberry.field(extensions=[Granted("campaign", "read")], description="Campaigns, latest start first.")
    async def campaigns(
        self,
        info: Info,
        filter: CampaignFilter | None = None,
        where: Where = None,
        search: Search = None,
        sort: CampaignOrder | None = None,
        sort_by: SortBy = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Campaign]:
        order = ordered(sort, sort_by)
        page = Page(first, after, last, before, condition(filter, where, CAMPAIGNS), order, search)
        return await info.context.page(CAMPAIGNS, page, Campaign.of)


@strawberry.input(description="A campaign to enter.")
class LaunchCampaignInput(Input):
    name: str = strawberry.field(description="What people call it.")
    channel: CampaignChannel = strawberry.field(description="Where it meets people.")
    source_code: str = strawberry.field(description="Stamps whom it brings; nobody else's.")
    starts_on: date = strawberry.field(description="First day.")
    ends_on: date | None = strawberry.field(default=None, description="Last day, unless it goes on.")
    budget: MoneyInput | None = strawberry.field(default=None, description="What it may cost.")
    at: datetime | None = strawberry.field(default=None, description="When it was launched, if not now.")
    custom: list[CustomValueInput] = entered()


@strawberry.input(description="Changes to a campaign; what is left out stays as it is.")
class UpdateCampaignInput(ChangeInput):
    id: UUID = strawberry.field(description="Which campaign.")
    name: str | None = strawberry.field(default=None, description="A new name.")
    starts_on: date | None = strawberry.field(default=None, description="A new first day.")
    ends_on: date | None = strawberry.field(default=None, description="A new last day.")
    budget: MoneyInput | None = strawberry.field(default=None, description="A new budget.")

    def columns(self) -> dict[str, Any]:
        """Return what was given, by column."""
        named = {"name": self.name, "starts_on": self.starts_on, "ends_on": self.ends_on}
        found: dict[str, Any] = {column: value for column, value in named.items() if value is not None}
        if self.budget:
            budget = self.budget.value().not_negative("input", "budget")
            found |= {"budget_amount": budget.amount, "budget_currency": budget.currency}
        return found


@strawberry.type(description="The campaign as it is now.")
class CampaignPayload:
    campaign: Campaign = strawberry.field(description="The campaign.")


@strawberry.type
class CampaignMutations:
    @strawberry.mutation(extensions=[Granted("campaign", "create")], description="Enter a campaign.")
    async def launch_campaign(self, info: Info, input: LaunchCampaignInput) -> CampaignPayload:
        budget = input.budget.value().not_negative("input", "budget") if input.budget else None
        row = await info.context.change(
            input,
            lambda session: commands.launch_campaign(
                session,
                name=input.name,
                channel=input.channel,
                source_code=input.source_code,
                starts_on=input.starts_on,
                ends_on=input.ends_on,
                budget=budget,
                at=input.at,
                custom=input.custom,
            ),
        )
        return CampaignPayload(campaign=Campaign.of(row))

    @strawberry.mutation(extensions=[Granted("campaign", "update")], description="Change a campaign.")
    async def update_campaign(self, info: Info, input: UpdateCampaignInput) -> CampaignPayload:
        changes = input.columns()
        row = await info.context.change(
            input,
            lambda session: commands.update_campaign(
                session, input.id, expected_version=input.expected_version, changes=changes
            ),
        )
        return CampaignPayload(campaign=Campaign.of(row))


@strawberry.type
class CampaignSubscriptions:
    campaign_changed: Campaign = changed(
        Granted("campaign", "read"),
        events.CampaignLaunched,
        events.CampaignCostRecorded,
        description="A campaign, whenever it or its cost changes.",
        id="campaignId",
    )
