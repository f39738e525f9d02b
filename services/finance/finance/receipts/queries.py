"""Reads of receipts."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import any_, bindparam, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.foreign import owners_of
from chassis.listing import Listing
from finance.customers.queries import of_customer
from finance.receipts.models import Receipt, ReceiptMatch

RECEIPTS = Listing(
    noun="receipt",
    table=Receipt.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Receipt.__table__.c},
    sorts=("received_on",),
    default=(("received_on", "desc"),),
    also=of_customer(Receipt.__table__.c.customer_id),
    through=(("customer_id", owners_of("receipt")),),
)

_keys = bindparam("keys", type_=ARRAY(PgUUID(as_uuid=True)))

MATCHES_OF_RECEIPTS = (
    select(ReceiptMatch.__table__)
    .where(ReceiptMatch.receipt_id == any_(_keys))
    .order_by(ReceiptMatch.matched_at, ReceiptMatch.id)
)

PAYMENTS_OF_RECEIVABLES = (
    select(ReceiptMatch.__table__, Receipt.received_on, Receipt.reference)
    .join(Receipt)
    .where(ReceiptMatch.receivable_id == any_(_keys))
    .order_by(Receipt.received_on, ReceiptMatch.id)
)


async def matches_of(session: AsyncSession, receipt_id: UUID) -> Sequence[ReceiptMatch]:
    """Return what a receipt was set against, the last of it first."""
    matches = select(ReceiptMatch).where(ReceiptMatch.receipt_id == receipt_id)
    return (await session.scalars(matches.order_by(ReceiptMatch.id.desc()))).all()


async def receipts_told(
    session: AsyncSession, told: Sequence[tuple[str, date]]
) -> Mapping[tuple[str, date], UUID]:
    """Return the receipts that the bank told of under these references on these days."""
    same = tuple_(Receipt.bank_reference, Receipt.received_on).in_(told)
    rows = await session.execute(select(Receipt.bank_reference, Receipt.received_on, Receipt.id).where(same))
    return {(str(reference), day): id for reference, day, id in rows.all()}


async def waiting_receipts(session: AsyncSession, customer_id: UUID, currency: str) -> Sequence[Receipt]:
    """Return a customer's advances in a currency, oldest first."""
    waiting = select(Receipt).where(
        Receipt.customer_id == customer_id, Receipt.currency == currency, Receipt.unmatched > 0
    )
    return (await session.scalars(waiting.order_by(Receipt.received_on, Receipt.id))).all()
