"""What we know of employees and customers from the services that own them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, String, text
from sqlalchemy.dialects.postgresql import ARRAY, TSTZMULTIRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from sales.model import Model


class KnownEmployee(Model):
    """An employee as identity tells; every part has the version that set it, since parts arrive apart."""

    __tablename__ = "known_employee"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    team_id: Mapped[UUID | None] = mapped_column(index=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(BigInteger)
    team_version: Mapped[int] = mapped_column(BigInteger)
    roles_version: Mapped[int] = mapped_column(BigInteger)
    active_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    absent: Mapped[list[Range[datetime]]] = mapped_column(TSTZMULTIRANGE, server_default=text("'{}'"))
    absent_version: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


class KnownCustomer(Model):
    """A customer as the customer service tells."""

    __tablename__ = "known_customer"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    industry: Mapped[str] = mapped_column(String(200), default="")
    region: Mapped[str] = mapped_column(String(100), default="")
    version: Mapped[int] = mapped_column(BigInteger)
