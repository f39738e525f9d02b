"""Intake forms: what a web page asks of people who show interest."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from marketing.model import Model


class IntakeForm(Aggregate, Model):
    """A form for the web; who submits it is stamped with its source and campaign."""

    __tablename__ = "intake_form"

    key: Mapped[str] = mapped_column(String(50), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(100))
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    fields: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    qualifies: Mapped[bool] = mapped_column(default=True)
    published: Mapped[bool] = mapped_column(default=False, index=True)
