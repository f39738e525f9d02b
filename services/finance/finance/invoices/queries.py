"""Reads of invoices."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.foreign import owners_of
from chassis.listing import Listing
from finance.customers.queries import of_customer
from finance.invoices.models import Invoice
from finance.receivables.models import Receivable, ReceivableStatus

INVOICES = Listing(
    noun="invoice",
    table=Invoice.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Invoice.__table__.c},
    sorts=("created_at", "issued_on"),
    also=of_customer(Invoice.__table__.c.customer_id),
    through=(("customer_id", owners_of("invoice")),),
)


async def uninvoiced(session: AsyncSession, contract_id: UUID) -> Decimal:
    """Return what is owed under a contract and not invoiced or applied for yet."""
    owed = select(func.coalesce(func.sum(Receivable.amount), 0)).where(
        Receivable.contract_id == contract_id, Receivable.status != ReceivableStatus.VOID
    )
    invoiced = select(func.coalesce(func.sum(Invoice.amount), 0)).where(Invoice.contract_id == contract_id)
    return Decimal(await session.scalar(select(owed.scalar_subquery() - invoiced.scalar_subquery())) or 0)


async def invoiced_of_receivable(session: AsyncSession, receivable_id: UUID) -> Decimal:
    """Return what is invoiced or applied for of one receivable."""
    invoiced = select(func.sum(Invoice.amount)).where(Invoice.receivable_id == receivable_id)
    return Decimal(await session.scalar(invoiced) or 0)


async def invoice_of_project(session: AsyncSession, project_id: UUID) -> Invoice | None:
    """Return the application that a project's acceptance made."""
    return await session.scalar(select(Invoice).where(Invoice.project_id == project_id))
