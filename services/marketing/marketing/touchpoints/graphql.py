"""Touchpoints in the graph."""

from datetime import datetime
from enum import Enum
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import ChoiceFilter, DateTimeFilter, IdFilter, TextFilter, Where, condition
from chassis.graphql.inputs import Input
from chassis.graphql.policy import Granted
from chassis.listing import Page
from marketing.campaigns.graphql import Campaign
from marketing.campaigns.queries import CAMPAIGNS
from marketing.context import Info
from marketing.touchpoints import commands
from marketing.touchpoints.models import TouchpointKind
from marketing.touchpoints.queries import TOUCHPOINTS
from marketing.trail import TRAIL

strawberry.enum(TouchpointKind, description="What somebody did when they met us.")


@strawberry.type(description="One answer of a submitted form.")
class FormAnswer:
    name: str = strawberry.field(description="Name of the form's field.")
    value: str = strawberry.field(description="What was filled in.")


@strawberry.federation.type(keys=["id"], description="A moment in which somebody met us.")
class Touchpoint:
    id: UUID = strawberry.field(description="Id of the touchpoint.")
    version: int = strawberry.field(description="Rises with every change.")
    kind: TouchpointKind = strawberry.field(description="What they did.")
    detail: str | None = strawberry.field(description="Which paper, advertisement, event or form it was.")
    page: str | None = strawberry.field(description="Address of the page where it happened.")
    answers: list[FormAnswer] = strawberry.field(description="What they filled in, if it was a form.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    prospect_id: UUID | None = strawberry.field(description="Which prospect, if it was one.")
    customer_id: UUID | None = strawberry.field(description="Which customer, as soon as they are one.")
    campaign_id: strawberry.Private[UUID | None]
    history = TRAIL.history(TOUCHPOINTS)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            version=row.version,
            kind=row.kind,
            detail=row.detail,
            page=row.page,
            answers=[FormAnswer(**answer) for answer in row.answers],
            occurred_at=row.occurred_at,
            prospect_id=row.prospect_id,
            customer_id=row.customer_id,
            campaign_id=row.campaign_id,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the touchpoint that another subgraph points to."""
        row = await info.context.load(TOUCHPOINTS, UUID(id))
        return cls.of(row) if row else None

    @strawberry.field(description="The campaign that brought them here.")
    async def campaign(self, info: Info) -> Campaign | None:
        row = await info.context.load(CAMPAIGNS, self.campaign_id)
        return Campaign.of(row) if row else None


@strawberry.input(description="Which touchpoints; everything given must hold.")
class TouchpointFilter:
    prospect_id: IdFilter | None = None
    customer_id: IdFilter | None = None
    campaign_id: IdFilter | None = None
    form_id: IdFilter | None = None
    kind: ChoiceFilter[TouchpointKind] | None = None
    detail: TextFilter | None = None
    occurred_at: DateTimeFilter | None = None


@strawberry.enum(description="What touchpoints can be sorted by.")
class TouchpointSort(Enum):
    OCCURRED_AT = "occurred_at"


@strawberry.input(description="Order of a list of touchpoints.")
class TouchpointOrder:
    by: TouchpointSort = strawberry.field(default=TouchpointSort.OCCURRED_AT, description="What to sort by.")
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class TouchpointQueries:
    @strawberry.field(extensions=[Granted("touchpoint", "read")], description="Touchpoints, latest first.")
    async def touchpoints(
        self,
        info: Info,
        filter: TouchpointFilter | None = None,
        where: Where = None,
        sort: TouchpointOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[Touchpoint]:
        order = ((sort.by.value, sort.direction.value),) if sort else ()
        page = Page(first, after, last, before, condition(filter, where, TOUCHPOINTS), order)
        return await info.context.page(TOUCHPOINTS, page, Touchpoint.of)


@strawberry.input(description="How somebody met us; name the prospect or the customer.")
class RecordTouchpointInput(Input):
    kind: TouchpointKind = strawberry.field(description="What they did.")
    prospect_id: UUID | None = strawberry.field(default=None, description="Which prospect.")
    customer_id: UUID | None = strawberry.field(default=None, description="Which customer.")
    campaign_id: UUID | None = strawberry.field(default=None, description="Which campaign brought them.")
    detail: str | None = strawberry.field(default=None, description="Which paper, advertisement or event.")
    page: str | None = strawberry.field(default=None, description="Address of the page.")
    at: datetime | None = strawberry.field(default=None, description="When, if not now.")


@strawberry.type(description="The touchpoint as it was recorded.")
class TouchpointPayload:
    touchpoint: Touchpoint = strawberry.field(description="The touchpoint.")


@strawberry.type
class TouchpointMutations:
    @strawberry.mutation(
        extensions=[Granted("touchpoint", "create")], description="Write down how somebody met us."
    )
    async def record_touchpoint(self, info: Info, input: RecordTouchpointInput) -> TouchpointPayload:
        row = await info.context.change(
            input,
            lambda session: commands.record_touchpoint(
                session,
                kind=input.kind,
                prospect_id=input.prospect_id,
                customer_id=input.customer_id,
                campaign_id=input.campaign_id,
                detail=input.detail,
                page=input.page,
                at=input.at,
            ),
        )
        return TouchpointPayload(touchpoint=Touchpoint.of(row))
