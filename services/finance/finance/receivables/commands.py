"""What can happen to a receivable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.errors import Conflict, Invalid
from chassis.fields import values as fields
from chassis.messaging.outbox import emit
from chassis.money import Money
from finance import wire
from finance.customers.queries import lock_account
from finance.invoices.queries import uninvoiced
from finance.receipts.matching import match_waiting
from finance.receivables import queries
from finance.receivables.models import Receivable, ReceivableReversal, ReceivableStatus
from finance.receivables.reminders import remind, remind_anew
from roundel.finance.v1 import finance_events_pb2 as events


@dataclass(frozen=True, slots=True)
class Instalment:
    """A part of a contract's total."""

    name: str
    amount: Money
    due_on: date


async def schedule_receivables(
    session: AsyncSession,
    *,
    contract_id: UUID,
    customer_id: UUID,
    total: Money,
    instalments: Sequence[Instalment],
    at: datetime,
    contract_number: str | None = None,
) -> Sequence[Receivable]:
    """Return what is owed under a contract, entered now if it is not yet; tells either way.

    Who asks again lost the answer. Money that came in early is set against the new receivables.
    Raises Invalid when the instalments do not add up to the total.
    """
    await lock_account(session, customer_id)
    receivables = await queries.receivables_of_contract(session, contract_id)
    if not receivables:
        _check(total, instalments)
        receivables = [
            Receivable(
                contract_id=contract_id,
                contract_number=contract_number,
                position=position,
                customer_id=customer_id,
                name=instalment.name,
                amount=instalment.amount.amount,
                outstanding=instalment.amount.amount,
                currency=instalment.amount.currency,
                due_on=instalment.due_on,
                created_at=at,
            )
            for position, instalment in enumerate(instalments, 1)
        ]
        for receivable in receivables:
            await fields.write(session, receivable)
        session.add_all(receivables)
        await session.flush()
        _answer(session, contract_id, customer_id, receivables, at)
        for receivable in receivables:
            await remind(session, receivable)
        await match_waiting(session, customer_id, total.currency)
    else:
        _answer(session, contract_id, customer_id, receivables, receivables[0].created_at)
    return receivables


async def reschedule_receivable(
    session: AsyncSession, id: UUID, *, due_on: date, expected_version: int | None = None
) -> Receivable:
    """Let a receivable be due on another day; raises Conflict when nothing of it is open."""
    receivable = await fetch(session, Receivable, id, expected_version=expected_version)
    if receivable.due_on == due_on:
        return receivable
    if not receivable.outstanding:
        raise Conflict(
            f"{receivable.name} is {receivable.status.value}; nothing is due any more",
            path=("input", "dueOn"),
        )
    receivable.due_on = due_on
    await session.flush()
    await remind_anew(session, receivable)
    rescheduled = events.ReceivableRescheduled(
        receivable_id=str(id),
        version=receivable.version,
        contract_id=str(receivable.contract_id),
        customer_id=str(receivable.customer_id),
        name=receivable.name,
        due_on=due_on.isoformat(),
    )
    rescheduled.occurred_at.FromDatetime(now())
    emit(session, rescheduled, subject=id)
    return receivable


async def void_receivable(
    session: AsyncSession, id: UUID, *, reason: str, expected_version: int | None = None
) -> Receivable:
    """Take a receivable back by a reversal.

    Raises Conflict when money came in for it, when it is invoiced, or when it is void already.
    """
    if not reason.strip():
        raise Invalid("A reversal needs a reason", path=("input", "reason"))
    customer_id = await queries.customer_of_receivable(session, id)
    if customer_id is not None:
        await lock_account(session, customer_id)
    receivable = await fetch(session, Receivable, id, expected_version=expected_version)
    await _check_voidable(session, receivable)
    reversal = ReceivableReversal(
        receivable_id=id, amount=-receivable.amount, currency=receivable.currency, reason=reason.strip()
    )
    session.add(reversal)
    receivable.void()
    await session.flush()
    voided = events.ReceivableVoided(
        receivable_id=str(id),
        version=receivable.version,
        contract_id=str(receivable.contract_id),
        customer_id=str(receivable.customer_id),
        amount=wire.write(Money(receivable.amount, receivable.currency)),
        reason=reversal.reason,
    )
    voided.occurred_at.FromDatetime(now())
    emit(session, voided, subject=id)
    return receivable


def _check(total: Money, instalments: Sequence[Instalment]) -> None:
    planned = Money.zero(total.currency)
    for instalment in instalments:
        planned += instalment.amount.positive("instalments", "amount")
    if planned != total:
        raise Invalid(
            f"The instalments add up to {wire.plain(planned.amount)} {planned.currency},"
            f" the contract to {wire.plain(total.amount)} {total.currency}"
        )


async def _check_voidable(session: AsyncSession, receivable: Receivable) -> None:
    if receivable.status is ReceivableStatus.VOID:
        raise Conflict(f"{receivable.name} is void already")
    if receivable.outstanding != receivable.amount:
        raise Conflict(f"Money came in for {receivable.name}; only what is wholly unpaid can be voided")
    if receivable.amount > await uninvoiced(session, receivable.contract_id):
        raise Conflict(f"{receivable.name} is invoiced; what is invoiced stays owed")


def _answer(
    session: AsyncSession,
    contract_id: UUID,
    customer_id: UUID,
    receivables: Sequence[Receivable],
    at: datetime,
) -> None:
    scheduled = events.ReceivablesScheduled(
        contract_id=str(contract_id),
        version=max((receivable.version for receivable in receivables), default=1),
        customer_id=str(customer_id),
        receivables=[
            events.ScheduledReceivable(
                receivable_id=str(receivable.id),
                name=receivable.name,
                amount=wire.write(Money(receivable.amount, receivable.currency)),
                due_on=receivable.due_on.isoformat(),
            )
            for receivable in receivables
        ],
    )
    scheduled.occurred_at.FromDatetime(at)
    emit(session, scheduled, subject=contract_id)
