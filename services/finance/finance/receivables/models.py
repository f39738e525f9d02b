"""What customers owe us."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate, Currency
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED
from finance.model import Model


class ReceivableStatus(StrEnum):
    """How much of it came in."""

    SCHEDULED = "scheduled"
    PARTLY_PAID = "partly_paid"
    SETTLED = "settled"
    VOID = "void"


class Receivable(Custom, Aggregate, Model):
    """One instalment of a contract: what is due when, and what of it is still open."""

    __tablename__ = "receivable"
    __table_args__ = (
        UniqueConstraint("contract_id", "position"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("outstanding BETWEEN 0 AND amount", name="outstanding_within_amount"),
        Index("ix_receivable_customer_id_due_on", "customer_id", "due_on"),
        Index(
            "ix_receivable_open",
            "customer_id",
            "currency",
            "due_on",
            postgresql_where=text("outstanding > 0"),
            postgresql_include=["outstanding"],
        ),
        Index("ix_receivable_due_on", "due_on"),
        Index("ix_receivable_created_at", "created_at"),
    )

    contract_id: Mapped[UUID]  # sales owns it
    contract_number: Mapped[str | None] = mapped_column(String(50), index=True, info=SEARCHED)
    position: Mapped[int] = mapped_column(Integer)
    customer_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(200), info=SEARCHED)
    amount: Mapped[Decimal]
    outstanding: Mapped[Decimal]
    currency: Mapped[Currency]
    due_on: Mapped[date]
    status: Mapped[ReceivableStatus] = mapped_column(default=ReceivableStatus.SCHEDULED, index=True)

    def pay(self, amount: Decimal) -> None:
        """Note that so much of it came in."""
        self.outstanding -= amount
        self.status = ReceivableStatus.PARTLY_PAID if self.outstanding else ReceivableStatus.SETTLED

    def reopen(self, amount: Decimal) -> None:
        """Note that so much of it did not come in after all."""
        self.outstanding += amount
        paid = self.outstanding < self.amount
        self.status = ReceivableStatus.PARTLY_PAID if paid else ReceivableStatus.SCHEDULED

    def void(self) -> None:
        """Owe nothing any more."""
        self.outstanding = Decimal(0)
        self.status = ReceivableStatus.VOID


class ReceivableReversal(Aggregate, Model):
    """The entry that takes a receivable back; both stay in the books."""

    __tablename__ = "receivable_reversal"

    receivable_id: Mapped[UUID] = mapped_column(ForeignKey("receivable.id"), unique=True)
    amount: Mapped[Decimal]
    currency: Mapped[Currency]
    reason: Mapped[str] = mapped_column(Text)
