"""Pipelines in the graph."""

from typing import Any, Self
from uuid import UUID

import strawberry

from chassis.graphql.connections import Connection, Direction
from chassis.graphql.filters import TextFilter, Where, condition
from chassis.graphql.policy import Granted
from chassis.graphql.values import Condition
from chassis.listing import Page
from sales.context import Info
from sales.pipelines.queries import PIPELINE_STAGES
from sales.trail import TRAIL


@strawberry.type(description="What must be so before an opportunity leaves its stage.")
class ExitCriterion:
    key: str = strawberry.field(description="Short name, as refusals list it.")
    label_zh: str = strawberry.field(description="What it says, in Chinese.")
    label_en: str = strawberry.field(description="What it says, in English.")
    condition: Condition = strawberry.field(
        description="Tree over the opportunity's evidence and own fields."
    )


@strawberry.type(description="A stage of a pipeline; the last one is the won one.")
class PipelineStage:
    id: UUID = strawberry.field(description="Id of the stage.")
    version: int = strawberry.field(description="Rises with every change.")
    pipeline: str = strawberry.field(description="Name of the pipeline.")
    position: int = strawberry.field(description="Place in the pipeline, from 1.")
    key: str = strawberry.field(description="Name that opportunities carry.")
    label_zh: str = strawberry.field(description="Name in Chinese.")
    label_en: str = strawberry.field(description="Name in English.")
    exit_criteria: list[ExitCriterion] = strawberry.field(description="What must be so to leave it.")
    history = TRAIL.history(PIPELINE_STAGES)

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what the graph shows of a row."""
        return cls(
            id=row.id,
            version=row.version,
            pipeline=row.pipeline,
            position=row.position,
            key=row.key,
            label_zh=row.label_zh,
            label_en=row.label_en,
            exit_criteria=[ExitCriterion(**criterion) for criterion in row.exit_criteria],
        )


@strawberry.input(description="Which stages; everything given must hold.")
class PipelineStageFilter:
    pipeline: TextFilter | None = None
    key: TextFilter | None = None


@strawberry.input(description="Order of a list of stages: by their position.")
class PipelineStageOrder:
    direction: Direction = strawberry.field(default=Direction.ASC, description="Which end comes first.")


@strawberry.type
class PipelineQueries:
    @strawberry.field(
        extensions=[Granted("pipeline", "read")], description="Stages of the pipelines, in their order."
    )
    async def pipeline_stages(
        self,
        info: Info,
        filter: PipelineStageFilter | None = None,
        where: Where = None,
        sort: PipelineStageOrder | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[PipelineStage]:
        order = (("position", sort.direction.value),) if sort else ()
        page = Page(first, after, last, before, condition(filter, where, PIPELINE_STAGES), order)
        return await info.context.page(PIPELINE_STAGES, page, PipelineStage.of)
