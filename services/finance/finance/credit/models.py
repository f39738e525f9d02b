"""What customers may owe us."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from chassis.database import Aggregate, Currency
from finance.model import Model


class CreditLimit(Aggregate, Model):
    """The most that a customer may owe in one currency."""

    __tablename__ = "credit_limit"
    __table_args__ = (
        UniqueConstraint("customer_id", "currency"),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        Index("ix_credit_limit_created_at", "created_at"),
    )

    customer_id: Mapped[UUID]
    amount: Mapped[Decimal]
    currency: Mapped[Currency]
