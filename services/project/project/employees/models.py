"""What this service must know of employees."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from project.model import Model


class KnownEmployee(Model):
    """A replica, fed by identity's events: whether somebody still works here."""

    __tablename__ = "known_employee"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    active: Mapped[bool]
    version: Mapped[int]
