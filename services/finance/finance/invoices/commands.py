"""What can happen to an invoice."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch
from chassis.days import happened_on, instant
from chassis.errors import Conflict, Invalid, NotFound
from chassis.fields import values as fields
from chassis.fields.values import Given
from chassis.messaging.outbox import emit
from chassis.messaging.subscriber import NotYet
from chassis.money import Money
from finance import wire
from finance.customers.queries import lock_account
from finance.invoices import queries
from finance.invoices.models import Invoice, InvoiceSeries, InvoiceStatus
from finance.receivables.models import Receivable, ReceivableStatus
from finance.receivables.queries import receivables_of_contract
from roundel.finance.v1 import finance_events_pb2 as events


async def apply_for_invoice(
    session: AsyncSession,
    *,
    contract_id: UUID,
    receivable_id: UUID | None = None,
    amount: Money | None = None,
    applied_on: date | None = None,
    custom: Sequence[Given] | None = None,
) -> Invoice:
    """Ask finance for an invoice over a receivable, or over what is not invoiced yet of its contract.

    Raises Conflict when more than that is asked for, or nothing is left.
    """
    applied_on = happened_on(applied_on, "input", "appliedOn")
    planned = await receivables_of_contract(session, contract_id)
    if not planned:
        raise NotFound(
            f"Nothing is owed under a contract {contract_id}", path=("input", "contractId"), type="Contract"
        )
    owner = planned[0]
    await lock_account(session, owner.customer_id)
    room = await queries.uninvoiced(session, contract_id)
    if receivable_id:
        room = min(room, await _room_of_receivable(session, receivable_id, contract_id))
    asked = amount or Money(room, owner.currency)
    _check(asked, Money(room, owner.currency))
    invoice = Invoice(
        customer_id=owner.customer_id,
        contract_id=contract_id,
        receivable_id=receivable_id,
        amount=asked.amount,
        currency=asked.currency,
        applied_on=applied_on,
        created_at=instant(applied_on),
    )
    await fields.write(session, invoice, custom)
    session.add(invoice)
    await session.flush()
    return invoice


async def withdraw_invoice(session: AsyncSession, invoice: Invoice) -> None:
    """Take an application back; raises Conflict when the invoice is out."""
    if invoice.status is InvoiceStatus.ISSUED:
        raise Conflict(f"The invoice {invoice.number} is out; it cannot be withdrawn")
    await session.delete(invoice)


async def apply_for_accepted_project(
    session: AsyncSession, *, project_id: UUID, contract_id: UUID, at: datetime
) -> None:
    """Ask finance for an invoice over all of a delivered contract that is not invoiced yet, once.

    Raises NotYet when the contract's receivables are still to come.
    """
    planned = await receivables_of_contract(session, contract_id)
    if not planned:
        raise NotYet(f"The receivables of contract {contract_id}")
    owner = planned[0]
    await lock_account(session, owner.customer_id)
    room = await queries.uninvoiced(session, contract_id)
    if room <= 0 or await queries.invoice_of_project(session, project_id):
        return
    session.add(
        Invoice(
            customer_id=owner.customer_id,
            contract_id=contract_id,
            project_id=project_id,
            amount=room,
            currency=owner.currency,
            applied_on=at.date(),
            created_at=at,
        )
    )


async def issue_invoice(
    session: AsyncSession, id: UUID, *, issued_on: date | None = None, expected_version: int | None = None
) -> Invoice:
    """Give an application its number and the customer's present legal name, and tell it."""
    invoice = await fetch(session, Invoice, id, expected_version=expected_version)
    if invoice.status is InvoiceStatus.ISSUED:
        raise Conflict(f"This is issued already, as {invoice.number}")
    customer = await lock_account(session, invoice.customer_id)
    day = happened_on(issued_on, "input", "issuedOn")
    invoice.number = await _next_number(session, day.year)
    invoice.issued_on = day
    invoice.legal_name = customer.name
    invoice.status = InvoiceStatus.ISSUED
    await session.flush()
    issued = events.InvoiceIssued(
        invoice_id=str(invoice.id),
        version=invoice.version,
        number=invoice.number,
        customer_id=str(invoice.customer_id),
        contract_id=str(invoice.contract_id),
        amount=wire.write(Money(invoice.amount, invoice.currency)),
    )
    issued.occurred_at.FromDatetime(instant(day))
    emit(session, issued, subject=invoice.id)
    return invoice


async def _room_of_receivable(session: AsyncSession, id: UUID, contract_id: UUID) -> Decimal:
    receivable = await fetch(session, Receivable, id)
    if receivable.contract_id != contract_id:
        raise Invalid("This receivable belongs to another contract", path=("input", "receivableId"))
    if receivable.status is ReceivableStatus.VOID:
        raise Conflict(f"{receivable.name} is void", path=("input", "receivableId"))
    return receivable.amount - await queries.invoiced_of_receivable(session, id)


def _check(asked: Money, room: Money) -> None:
    if room.amount <= 0:
        raise Conflict("All of this is invoiced or applied for already")
    asked.positive("input", "amount")
    if (room - asked).amount < 0:
        raise Conflict(
            f"Only {wire.plain(room.amount)} {room.currency} is not invoiced yet",
            path=("input", "amount"),
            available=wire.plain(room.amount),
        )


async def _next_number(session: AsyncSession, year: int) -> str:
    first = insert(InvoiceSeries).values(year=year, last=1)
    following = first.on_conflict_do_update(
        index_elements=[InvoiceSeries.year], set_={"last": InvoiceSeries.last + 1}
    )
    number = await session.scalar(following.returning(InvoiceSeries.last))
    return f"INV-{year}-{number:06}"
