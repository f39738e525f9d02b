"""People at our customers."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate
from chassis.fields.models import Custom
from chassis.merging.models import Mergeable
from chassis.searching.keeping import SEARCHED
from customer.model import Model


class DecisionRole(StrEnum):
    """What somebody's word weighs when the company decides."""

    USER = "user"
    INFLUENCER = "influencer"
    DECISION_MAKER = "decision_maker"


class Contact(Mergeable, Custom, Aggregate, Model):
    """A person at a company."""

    __tablename__ = "contact"
    __table_args__ = (
        Index(
            "ix_contact_name_trgm", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
        ),
        Index("ix_contact_phone", "phone"),
        Index("ix_contact_customer_id_created_at", "customer_id", "created_at"),
    )

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    name: Mapped[str] = mapped_column(String(200), info=SEARCHED)
    title: Mapped[str | None] = mapped_column(String(100), info=SEARCHED)
    decision_role: Mapped[DecisionRole] = mapped_column(default=DecisionRole.USER)
    email: Mapped[str | None] = mapped_column(String(320), index=True, info=SEARCHED)
    phone: Mapped[str | None] = mapped_column(String(20), info=SEARCHED)
    reports_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("contact.id"), index=True)
