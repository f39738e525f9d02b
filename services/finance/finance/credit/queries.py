"""Reads of credit limits and what is left of them."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self
from uuid import UUID

from sqlalchemy import CHAR, Select, bindparam, column, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.foreign import owners_of
from chassis.listing import Listing
from chassis.money import Money
from finance.credit.models import CreditLimit
from finance.customers.queries import of_customer
from finance.receivables.models import Receivable

CREDIT_LIMITS = Listing(
    noun="credit_limit",
    table=CreditLimit.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in CreditLimit.__table__.c},
    sorts=("created_at",),
    also=of_customer(CreditLimit.__table__.c.customer_id),
    through=(("customer_id", owners_of("credit_limit")),),
)

DEBTORS = owners_of("credit_limit")  # a customer's standing is shown to whom their limits are shown


@dataclass(frozen=True, slots=True)
class Standing:
    """What a customer may owe in a currency, and what they owe in it."""

    limit: Money
    exposure: Money

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return what a row of `standings` says."""
        return cls(Money(row.amount, row.currency), Money(row.exposure, row.currency))

    @property
    def available(self) -> Money:
        """Return what is left; below zero when more is owed than may be."""
        return self.limit - self.exposure

    def objection(self, amount: Money) -> str:
        """Return why the customer may not owe this much more; empty when they may."""
        if amount.currency != self.limit.currency:
            return f"No credit limit in {amount.currency} is set for this customer; set one first"
        if (self.available - amount).amount >= 0:
            return ""
        return (
            f"{_shown(amount)} is more than the {_shown(self.available)} left of the credit limit of"
            f" {_shown(self.limit)}; collect what is owed or raise the limit"
        )


@lru_cache(maxsize=64)
def standings(default: Money, currency: str | None = None) -> Select[Any]:
    """Return the statement that reads the standing of each customer of `keys`.

    In the given currency, else in that of the limit that was set first; where none is set, the default.
    """
    customers = (
        func.unnest(bindparam("keys", type_=ARRAY(PgUUID(as_uuid=True))))
        .table_valued(column("id", PgUUID(as_uuid=True)), name="customer")
        .render_derived()
    )
    limits = select(CreditLimit.amount, CreditLimit.currency).where(CreditLimit.customer_id == customers.c.id)
    if currency:
        limits = limits.where(CreditLimit.currency == currency)
    limit = limits.order_by(CreditLimit.created_at, CreditLimit.id).limit(1).lateral("chosen")
    chosen = func.coalesce(limit.c.currency, literal(default.currency, CHAR(3)))
    owed = (
        select(func.coalesce(func.sum(Receivable.outstanding), 0).label("exposure"))
        .where(
            Receivable.customer_id == customers.c.id,
            Receivable.currency == chosen,
            Receivable.outstanding > 0,
        )
        .lateral("owed")
    )
    return select(
        customers.c.id.label("customer_id"),
        func.coalesce(limit.c.amount, default.amount).label("amount"),
        chosen.label("currency"),
        owed.c.exposure,
    ).select_from(customers.outerjoin(limit, true()).join(owed, true()))


async def limit_of(session: AsyncSession, customer_id: UUID, currency: str) -> CreditLimit | None:
    """Return what was set for a customer in a currency."""
    return await session.scalar(
        select(CreditLimit).where(CreditLimit.customer_id == customer_id, CreditLimit.currency == currency)
    )


def _shown(money: Money) -> str:
    return f"{money.amount:,.2f} {money.currency}"
