"""What this service must know of customers."""

from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from finance.model import Model


class KnownCustomer(Model):
    """A replica, fed by the customer service's events: the legal name."""

    __tablename__ = "known_customer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    version: Mapped[int]
