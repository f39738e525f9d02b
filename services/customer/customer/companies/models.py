"""Companies we deal with; what the whole suite means by a customer."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate, Currency
from chassis.fields.models import Custom
from chassis.merging.models import Mergeable
from chassis.searching.keeping import SEARCHED
from chassis.secrets.columns import Encrypted
from customer.model import Model


class CustomerStatus(StrEnum):
    """How far we are with a customer (初步接触, 意向明确, 商务谈判, 已签约)."""

    CONTACTED = "contacted"
    INTERESTED = "interested"
    NEGOTIATING = "negotiating"
    SIGNED = "signed"


class Customer(Mergeable, Custom, Aggregate, Model):
    """A company: profile, registry data and who looks after it."""

    __tablename__ = "customer"
    __table_args__ = (
        CheckConstraint("(revenue_amount IS NULL) = (revenue_currency IS NULL)", name="revenue_whole"),
        Index(
            "ix_customer_name_trgm", "name", postgresql_using="gin", postgresql_ops={"name": "gin_trgm_ops"}
        ),
        Index("ix_customer_tags", "tags", postgresql_using="gin"),
    )

    name: Mapped[str] = mapped_column(String(200), info=SEARCHED)
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    name_sort: Mapped[str] = mapped_column(String(1000), index=True)
    status: Mapped[CustomerStatus] = mapped_column(default=CustomerStatus.CONTACTED, index=True)
    industry: Mapped[str | None] = mapped_column(String(200), index=True)
    region: Mapped[str | None] = mapped_column(String(100), index=True)
    size_band: Mapped[str | None] = mapped_column(String(50))
    source: Mapped[str | None] = mapped_column(String(100))
    pain_points: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"), default=list)
    incumbent: Mapped[str | None] = mapped_column(String(200))
    tags: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"), default=list)
    owner_id: Mapped[UUID | None] = mapped_column(index=True)
    external_id: Mapped[str | None] = mapped_column(String(100), unique=True, info=SEARCHED)
    registration_number: Mapped[str | None] = mapped_column(String(50), index=True, info=SEARCHED)
    legal_representative: Mapped[str | None] = mapped_column(
        Encrypted("customer.legal_representative", 100), info={"secret": True, "exported": True}
    )
    founded_year: Mapped[int | None] = mapped_column(Integer)
    employees: Mapped[int | None] = mapped_column(Integer)
    revenue_amount: Mapped[Decimal | None]
    revenue_currency: Mapped[Currency | None]
    headquarters: Mapped[str | None] = mapped_column(String(200))
    parent_id: Mapped[UUID | None] = mapped_column(index=True)
    last_follow_up_at: Mapped[datetime | None]
