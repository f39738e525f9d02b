"""Programs that use the graph."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from identity.model import Model


class ServiceAccount(Aggregate, Model):
    """A program with roles; its id and secret are exchanged for tokens."""

    __tablename__ = "service_account"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    secret_hash: Mapped[str] = mapped_column(String(64), info={"secret": True})
    revoked_at: Mapped[datetime | None] = mapped_column()
