"""What we ask customers to pay, in writing."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate, Currency
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED
from finance.model import Model


class InvoiceStatus(StrEnum):
    """Whether it is only applied for, or out."""

    APPLIED = "applied"
    ISSUED = "issued"


class Invoice(Custom, Aggregate, Model):
    """An application for an invoice, then the invoice; number and legal name are set when it is issued."""

    __tablename__ = "invoice"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(
            "(status = 'issued') = (number IS NOT NULL AND legal_name IS NOT NULL AND issued_on IS NOT NULL)",
            name="issued_whole",
        ),
        Index("ix_invoice_customer_id_created_at", "customer_id", "created_at"),
        Index("ix_invoice_created_at", "created_at"),
    )

    number: Mapped[str | None] = mapped_column(String(20), unique=True, info=SEARCHED)
    customer_id: Mapped[UUID]
    legal_name: Mapped[str | None] = mapped_column(String(200), info=SEARCHED)
    contract_id: Mapped[UUID] = mapped_column(index=True)
    receivable_id: Mapped[UUID | None] = mapped_column(ForeignKey("receivable.id"), index=True)
    project_id: Mapped[UUID | None] = mapped_column(unique=True)  # whose acceptance applied for it
    amount: Mapped[Decimal]
    currency: Mapped[Currency]
    status: Mapped[InvoiceStatus] = mapped_column(default=InvoiceStatus.APPLIED, index=True)
    applied_on: Mapped[date]
    issued_on: Mapped[date | None] = mapped_column(index=True)


class InvoiceSeries(Model):
    """The last number of a year; its row is the lock that leaves no gap."""

    __tablename__ = "invoice_series"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)
