"""What we keep of employees, whom identity owns."""

from uuid import UUID

from sqlalchemy import String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from automation.model import Model


class KnownEmployee(Model):
    """A replica, fed by events."""

    __tablename__ = "known_employee"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    roles: Mapped[list[str]] = mapped_column(ARRAY(String))
    roles_version: Mapped[int]  # of the event that the roles are from
    active: Mapped[bool] = mapped_column(default=True)
    active_version: Mapped[int] = mapped_column(server_default=text("0"))
