"""What can happen to money that comes in."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch, now
from chassis.days import happened_on, instant
from chassis.errors import Conflict, Invalid, NotFound
from chassis.messaging.outbox import emit
from chassis.money import Money
from finance import wire
from finance.customers.queries import lock_account
from finance.receipts.matching import match, match_waiting, unmatch
from finance.receipts.models import Receipt
from finance.receivables.models import Receivable
from finance.receivables.queries import open_receivables, receivables_of_contract
from roundel.finance.v1 import finance_events_pb2 as events


async def record_receipt(
    session: AsyncSession,
    *,
    customer_id: UUID,
    amount: Money,
    received_on: date | None = None,
    reference: str | None = None,
    bank_reference: str | None = None,
    receivable_id: UUID | None = None,
    contract_id: UUID | None = None,
) -> Receipt:
    """Enter money that came in and set it against what the customer owes, oldest first.

    With `receivable_id` or `contract_id` only against that. What is left waits for the next receivable.
    Raises Invalid for a receivable or contract of another customer or currency and Conflict for a
    receivable that is not open or for what the bank told of that day already.
    """
    amount.positive("input", "amount")
    received_on = happened_on(received_on, "input", "receivedOn")
    await lock_account(session, customer_id, "input", "customerId")
    if receivable_id and contract_id:
        raise Invalid("Name a receivable or a contract, not both", path=("input", "contractId"))
    if receivable_id:
        targets: Sequence[Receivable] = [await _receivable(session, receivable_id, customer_id, amount)]
    elif contract_id:
        targets = await _receivables(session, contract_id, customer_id, amount)
    else:
        targets = await open_receivables(session, customer_id, amount.currency)
    receipt = Receipt(
        customer_id=customer_id,
        amount=amount.amount,
        unmatched=amount.amount,
        currency=amount.currency,
        received_on=received_on,
        reference=reference,
        bank_reference=bank_reference,
        created_at=instant(received_on),
    )
    try:
        async with session.begin_nested():
            session.add(receipt)
    except IntegrityError as error:
        raise Conflict(
            f"The bank's {bank_reference} of {received_on} is entered already",
            path=("input", "bankReference"),
        ) from error
    _tell(session, receipt)
    await match(session, receipt, targets)
    return receipt


async def withdraw_receipt(session: AsyncSession, receipt: Receipt) -> None:
    """Take a receipt back that was entered by mistake; what it had settled is owed again, and told so.

    Other advances of the customer are set against that.
    """
    await lock_account(session, receipt.customer_id)
    await unmatch(session, receipt)
    await session.delete(receipt)
    await session.flush()
    withdrawn = events.ReceiptWithdrawn(
        receipt_id=str(receipt.id),
        version=receipt.version + 1,
        customer_id=str(receipt.customer_id),
        amount=wire.write(Money(receipt.amount, receipt.currency)),
    )
    withdrawn.occurred_at.FromDatetime(now())
    emit(session, withdrawn, subject=receipt.id)
    await match_waiting(session, receipt.customer_id, receipt.currency)


async def _receivable(session: AsyncSession, id: UUID, customer_id: UUID, amount: Money) -> Receivable:
    receivable = await fetch(session, Receivable, id)
    _check_payer(receivable, customer_id, amount, "receivableId")
    if not receivable.outstanding:
        raise Conflict(
            f"{receivable.name} is {receivable.status.value}: nothing of it is open",
            path=("input", "receivableId"),
        )
    return receivable


async def _receivables(
    session: AsyncSession, contract_id: UUID, customer_id: UUID, amount: Money
) -> Sequence[Receivable]:
    planned = await receivables_of_contract(session, contract_id)
    if not planned:
        raise NotFound(
            f"Nothing is owed under a contract {contract_id}", path=("input", "contractId"), type="Contract"
        )
    _check_payer(planned[0], customer_id, amount, "contractId")
    return await open_receivables(session, customer_id, amount.currency, contract_id=contract_id)


def _check_payer(receivable: Receivable, customer_id: UUID, amount: Money, field: str) -> None:
    if receivable.customer_id != customer_id:
        raise Invalid("Another customer owes this", path=("input", field))
    if receivable.currency != amount.currency:
        raise Invalid(
            f"This is owed in {receivable.currency}; money in {amount.currency} cannot be set against it",
            path=("input", "amount", "currency"),
        )


def _tell(session: AsyncSession, receipt: Receipt) -> None:
    recorded = events.ReceiptRecorded(
        receipt_id=str(receipt.id),
        version=receipt.version,
        customer_id=str(receipt.customer_id),
        amount=wire.write(Money(receipt.amount, receipt.currency)),
    )
    recorded.occurred_at.FromDatetime(receipt.created_at)
    emit(session, recorded, subject=receipt.id)
