"""What this service must know of employees."""

from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from project.model import Model


class KnownEmployee(Model):
    """A replica, fed by identity's events: who is who, and whether they still work here."""

    __tablename__ = "known_employee"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(200), index=True)
    active: Mapped[bool]
    version: Mapped[int]
