"""The words that records are found by, a table of its own beside theirs."""

from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis.database import Conventions, naming


class Model(Conventions, DeclarativeBase):
    """The base of the table of words."""

    metadata = naming()


class SearchText(Model):
    """What one field of a record is found by; a reader searches those fields that they may see."""

    __tablename__ = "search_text"
    __table_args__ = (
        Index(
            "ix_search_text_text", "text", postgresql_using="gin", postgresql_ops={"text": "gin_trgm_ops"},
            # kB of entries that are merged at once: an import writes them a third faster than with 4 MB
            postgresql_with={"gin_pending_list_limit": 16384},
        ),
    )  # fmt: skip

    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(String(63), primary_key=True)
    object: Mapped[str] = mapped_column(String(63))
    text: Mapped[str] = mapped_column(Text)
