"""Setting money that came in against what is owed, within one customer and one currency."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import now
from chassis.messaging.outbox import emit
from chassis.money import Money
from finance import wire
from finance.receipts.models import Receipt, ReceiptMatch
from finance.receipts.queries import matches_of, waiting_receipts
from finance.receivables.models import Receivable
from finance.receivables.queries import open_receivables
from roundel.finance.v1 import finance_events_pb2 as events


async def match_waiting(session: AsyncSession, customer_id: UUID, currency: str) -> None:
    """Set a customer's advances against what they owe, oldest first; the account is locked by the caller."""
    receipts = await waiting_receipts(session, customer_id, currency)
    if receipts:
        owed = await open_receivables(session, customer_id, currency)
        for receipt in receipts:
            await match(session, receipt, owed)


async def match(session: AsyncSession, receipt: Receipt, receivables: Sequence[Receivable]) -> None:
    """Set a receipt against receivables in their order, until either is used up; tells each match."""
    for receivable in receivables:
        amount = min(receipt.unmatched, receivable.outstanding)
        if amount > 0:
            await _match(session, receipt, receivable, amount)


async def unmatch(session: AsyncSession, receipt: Receipt) -> None:
    """Set a receipt against nothing any more; tells of each receivable that is open again."""
    for matched in await matches_of(session, receipt.id):
        receivable = await session.get_one(Receivable, matched.receivable_id, with_for_update=True)
        receivable.reopen(matched.amount)
        receipt.unmatched += matched.amount
        await session.delete(matched)
        await session.flush()
        reopened = events.ReceiptUnmatched(**_told(receipt, receivable, matched.amount))
        reopened.occurred_at.FromDatetime(now())
        emit(session, reopened, subject=receivable.id)


async def _match(session: AsyncSession, receipt: Receipt, receivable: Receivable, amount: Decimal) -> None:
    matched_at = max(receipt.created_at, receivable.created_at)
    receipt.unmatched -= amount
    receivable.pay(amount)
    session.add(
        ReceiptMatch(
            receipt_id=receipt.id,
            receivable_id=receivable.id,
            amount=amount,
            currency=receipt.currency,
            matched_at=matched_at,
        )
    )
    await session.flush()
    matched = events.ReceiptMatched(**_told(receipt, receivable, amount))
    matched.occurred_at.FromDatetime(matched_at)
    emit(session, matched, subject=receivable.id)


def _told(receipt: Receipt, receivable: Receivable, amount: Decimal) -> dict[str, Any]:
    return {
        "receipt_id": str(receipt.id),
        "version": receivable.version,
        "receivable_id": str(receivable.id),
        "contract_id": str(receivable.contract_id),
        "customer_id": str(receivable.customer_id),
        "amount": wire.write(Money(amount, receipt.currency)),
        "outstanding": wire.write(Money(receivable.outstanding, receivable.currency)),
    }
