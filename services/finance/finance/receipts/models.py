"""Money that came in."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate, Currency, uuid7
from chassis.searching.keeping import SEARCHED
from finance.model import Model


class Receipt(Aggregate, Model):
    """A payment; what of it is not set against a receivable yet is the customer's advance."""

    __tablename__ = "receipt"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("unmatched BETWEEN 0 AND amount", name="unmatched_within_amount"),
        Index("ix_receipt_customer_id_received_on", "customer_id", "received_on"),
        Index("ix_receipt_waiting", "customer_id", "currency", postgresql_where=text("unmatched > 0")),
        Index("ix_receipt_received_on", "received_on"),
        UniqueConstraint("bank_reference", "received_on"),  # banks begin to count anew
    )

    customer_id: Mapped[UUID]
    amount: Mapped[Decimal]
    unmatched: Mapped[Decimal]
    currency: Mapped[Currency]
    received_on: Mapped[date]
    reference: Mapped[str | None] = mapped_column(String(200), index=True, info=SEARCHED)
    bank_reference: Mapped[str | None] = mapped_column(String(100), info=SEARCHED)


class ReceiptMatch(Model):
    """So much of a receipt was set against a receivable."""

    __tablename__ = "receipt_match"
    part_of = "receipt_id"
    __table_args__ = (
        UniqueConstraint("receipt_id", "receivable_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    receipt_id: Mapped[UUID] = mapped_column(ForeignKey("receipt.id"))
    receivable_id: Mapped[UUID] = mapped_column(ForeignKey("receivable.id"), index=True)
    amount: Mapped[Decimal]
    currency: Mapped[Currency]
    matched_at: Mapped[datetime]
