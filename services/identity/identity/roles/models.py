"""Roles: what somebody's work needs, as data."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from identity.model import Model


class Role(Aggregate, Model):
    """What whoever has it may do; shipped ones follow the catalogue until an administrator changes them."""

    __tablename__ = "role"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    shipped: Mapped[bool] = mapped_column(default=False)
    customised: Mapped[bool] = mapped_column(default=False)
    retired: Mapped[bool] = mapped_column(default=False)
