"""The timeline in the graph."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.graphql.live import live
from chassis.graphql.policy import Granted
from insight.context import Info
from insight.references import Employee
from insight.timeline.labels import titles
from insight.timeline.queries import HAPPENINGS
from roundel.insight.v1.insight_events_pb2 import TimelineEntryAdded


@strawberry.federation.type(
    keys=["id"], description="Something that happened with a customer, in whichever department."
)
class TimelineEntry:
    id: UUID = strawberry.field(description="Id of the event.")
    type: str = strawberry.field(description="Type of the event, e.g. roundel.sales.v1.ContractSigned.")
    subject_id: UUID = strawberry.field(description="Id of what it happened to.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    title: str = strawberry.field(description="What happened, in English.")
    title_zh: str = strawberry.field(description="What happened, in Chinese.")
    actor: Employee | None = strawberry.field(description="Who did it, when a person did.")

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        zh, en = titles(row.type, row.data)
        return cls(
            id=row.id,
            type=row.type,
            subject_id=row.subject_id,
            occurred_at=row.occurred_at,
            title=en,
            title_zh=zh,
            actor=Employee.of(row.actor_id),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        """Return the entry that an event points to."""
        row = await info.context.load(HAPPENINGS, UUID(id))
        return cls.of(row) if row else None


@strawberry.type
class TimelineSubscriptions:
    customer_timeline: TimelineEntry = live(
        Granted("timeline", "read"),
        (TimelineEntryAdded,),
        description="What happens with a customer from now on, in every department.",
        arguments={"customer_id": UUID},
    )
