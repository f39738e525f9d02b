"""Reads of pipelines."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from chassis.listing import Listing
from sales.pipelines.models import DEFAULT, PipelineStage
from sales.pipelines.pipeline import Pipeline

PIPELINE_STAGES = Listing(
    noun="pipeline",
    table=PipelineStage.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in PipelineStage.__table__.c},
    sorts=("position",),
    default=(("position", "asc"),),
    open=True,
)


async def get_pipeline(session: AsyncSession, name: str = DEFAULT) -> Pipeline:
    """Return the pipeline; raise NotFound when it has no stages."""
    query = select(PipelineStage).where(PipelineStage.pipeline == name)
    stages = (await session.scalars(query.order_by(PipelineStage.position))).all()
    if not stages:
        raise NotFound(f"There is no pipeline {name}", name=name)
    return Pipeline(stages)
