"""What we agreed with customers, and how far delivery and finance followed."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from chassis.database import Aggregate, Currency
from chassis.errors import Conflict
from chassis.fields.models import Custom
from chassis.searching.keeping import SEARCHED
from sales.model import Model


class ContractStatus(StrEnum):
    """How a contract stands."""

    DRAFT = "draft"
    SIGNED = "signed"
    ACTIVE = "active"


class Contract(Custom, Aggregate, Model):
    """An agreement; its lines and instalments each add up to the total."""

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint("total > 0", name="total_positive"),
        CheckConstraint("(status = 'draft') = (signed_on IS NULL)", name="signed_has_a_day"),
        Index("ix_contract_customer_id_created_at", "customer_id", "created_at"),
        Index("ix_contract_created_at", "created_at"),
    )

    number: Mapped[str] = mapped_column(String(20), unique=True, info=SEARCHED)
    title: Mapped[str] = mapped_column(String(200), info=SEARCHED)
    customer_id: Mapped[UUID]
    customer_name: Mapped[str | None] = mapped_column(String(200))  # as it was when it was signed
    opportunity_id: Mapped[UUID | None] = mapped_column(ForeignKey("opportunity.id"), index=True)
    quote_id: Mapped[UUID | None] = mapped_column(ForeignKey("quote.id"), unique=True)
    owner_id: Mapped[UUID | None] = mapped_column(index=True)
    status: Mapped[ContractStatus] = mapped_column(default=ContractStatus.DRAFT, index=True)
    total: Mapped[Decimal] = mapped_column(index=True)
    currency: Mapped[Currency]
    signed_on: Mapped[date | None] = mapped_column(index=True)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]

    def require_draft(self) -> None:
        """Raise Conflict when the contract is signed already."""
        if self.status is not ContractStatus.DRAFT:
            raise Conflict(f"{self.number} was signed on {self.signed_on}", status=self.status.name)


class ContractLine(Model):
    """What is to be delivered for which part of the total."""

    __tablename__ = "contract_line"
    part_of = "contract_id"

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contract.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey("product.id"), index=True)
    description: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[Decimal]
    amount: Mapped[Decimal]


class Instalment(Model):
    """What is to be paid when; without a day until the contract is signed, if it follows from that."""

    __tablename__ = "instalment"
    part_of = "contract_id"

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contract.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    amount: Mapped[Decimal]
    due_on: Mapped[date | None]


class ContractActivation(Model):
    """What project and finance answered to a signature, and when to ask them again."""

    __tablename__ = "contract_activation"
    __table_args__ = (
        Index("ix_contract_activation_waiting", "repeat_at", postgresql_where=text("activated_at IS NULL")),
    )

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contract.id"), primary_key=True)
    project_id: Mapped[UUID | None]
    receivable_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    repeat_at: Mapped[datetime]
    due_at: Mapped[datetime]
    overdue_at: Mapped[datetime | None]  # when it was told that the answers are late
    activated_at: Mapped[datetime | None]

    def missing(self) -> list[str]:
        """Return the services that did not do their part yet."""
        parts = {"project": self.project_id, "finance": self.receivable_ids}
        return [service for service, part in parts.items() if part is None]
