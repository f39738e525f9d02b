"""Reads of receipts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import any_, bindparam, select
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


async def waiting_receipts(session: AsyncSession, customer_id: UUID, currency: str) -> Sequence[Receipt]:
    """Return a customer's advances in a currency, oldest first."""
    waiting = select(Receipt).where(
        Receipt.customer_id == customer_id, Receipt.currency == currency, Receipt.unmatched > 0
    )
    return (await session.scalars(waiting.order_by(Receipt.received_on, Receipt.id))).all()
