"""Offers to customers."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate, Currency
from chassis.errors import Conflict
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED
from sales.model import Model


class QuoteStatus(StrEnum):
    """How an offer stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"


class Quote(Custom, Aggregate, Model):
    """What we offer for an opportunity; the figures follow from its lines and do not change."""

    __tablename__ = "quote"
    __table_args__ = (
        Index("ix_quote_customer_id_created_at", "customer_id", "created_at"),
        Index("ix_quote_created_at", "created_at"),
    )

    number: Mapped[str] = mapped_column(String(20), unique=True, info=SEARCHED)
    opportunity_id: Mapped[UUID] = mapped_column(ForeignKey("opportunity.id"), index=True)
    customer_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None] = mapped_column(index=True)
    status: Mapped[QuoteStatus] = mapped_column(default=QuoteStatus.DRAFT, index=True)
    quoted_on: Mapped[date] = mapped_column(index=True)
    list_total: Mapped[Decimal]
    total: Mapped[Decimal] = mapped_column(index=True)
    currency: Mapped[Currency]
    discount_percent: Mapped[Decimal] = mapped_column(Numeric(7, 2), index=True)

    def require(self, status: QuoteStatus) -> None:
        """Raise Conflict unless the quote stands so."""
        if self.status is not status:
            raise Conflict(
                f"{self.number} is {self.status.value}, not {status.value}", status=self.status.name
            )


class QuoteLine(Model):
    """A product in an offer, with the list price of the day and what we ask for it."""

    __tablename__ = "quote_line"
    part_of = "quote_id"

    quote_id: Mapped[UUID] = mapped_column(ForeignKey("quote.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"), index=True)
    description: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[Decimal]
    list_price: Mapped[Decimal]
    unit_price: Mapped[Decimal]
    discount_percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    total: Mapped[Decimal]
