"""One table."""

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Aggregate, Conventions, naming


class Model(Conventions, DeclarativeBase):
    """The base of the tables of alpha."""

    metadata = naming()


class Note(Model, Aggregate):
    """A short text."""

    __tablename__ = "note"

    text: Mapped[str] = mapped_column(String(200))
