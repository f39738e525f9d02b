"""The stages that opportunities go through, as data."""

from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from sales.model import Model

DEFAULT = "default"


class PipelineStage(Aggregate, Model):
    """A stage; `exit_criteria` are objects with key, label_zh, label_en and condition.

    The last stage of a pipeline is the won one; its criteria say what winning takes.
    """

    __tablename__ = "pipeline_stage"
    __table_args__ = (
        UniqueConstraint("pipeline", "key"),
        UniqueConstraint("pipeline", "position", deferrable=True, initially="DEFERRED"),
    )

    pipeline: Mapped[str] = mapped_column(String(50), default=DEFAULT)
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(50))
    label_zh: Mapped[str] = mapped_column(String(100))
    label_en: Mapped[str] = mapped_column(String(100))
    exit_criteria: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
