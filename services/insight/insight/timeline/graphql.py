"""The timeline in the graph."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from insight.references import Employee
from insight.timeline.labels import titles


@strawberry.type(description="Something that happened with a customer, in whichever department.")
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
