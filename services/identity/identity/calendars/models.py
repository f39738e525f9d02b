"""When people work."""

from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from identity.model import Model


class Calendar(Aggregate, Model):
    """The working hours of a week in a zone, with holidays and make-up workdays; one is the default."""

    __tablename__ = "calendar"
    __table_args__ = (
        Index("uq_calendar_default", "is_default", unique=True, postgresql_where=text("is_default")),
    )

    name: Mapped[str] = mapped_column(String(200), unique=True)
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    is_default: Mapped[bool] = mapped_column(default=False)
    shipped: Mapped[bool] = mapped_column(default=False)
    customised: Mapped[bool] = mapped_column(default=False)
