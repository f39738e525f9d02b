"""Reads of receivables."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import any_, bindparam, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access.foreign import owners_of
from chassis.listing import Listing
from finance.customers.queries import of_customer
from finance.receivables.models import Receivable, ReceivableReversal

RECEIVABLES = Listing(
    noun="receivable",
    table=Receivable.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Receivable.__table__.c},
    sorts=("due_on", "created_at"),
    default=(("due_on", "asc"),),
    also=of_customer(Receivable.__table__.c.customer_id),
    through=(("customer_id", owners_of("receivable")),),
)

REVERSALS = select(ReceivableReversal.__table__).where(
    ReceivableReversal.receivable_id == any_(bindparam("keys", type_=ARRAY(PgUUID(as_uuid=True))))
)

_oldest_first = (Receivable.due_on, Receivable.position, Receivable.id)


async def receivables_of_contract(session: AsyncSession, contract_id: UUID) -> Sequence[Receivable]:
    """Return what is owed under a contract, in the order of its plan."""
    planned = select(Receivable).where(Receivable.contract_id == contract_id)
    return (await session.scalars(planned.order_by(Receivable.position))).all()


async def contracts_of(session: AsyncSession, numbers: Sequence[str]) -> Mapping[str, UUID]:
    """Return the contracts of these numbers under which something is owed."""
    named = select(Receivable.contract_number, Receivable.contract_id)
    rows = await session.execute(named.where(Receivable.contract_number.in_(numbers)).distinct())
    return {str(number): id for number, id in rows.all()}


async def instalments_at(
    session: AsyncSession, places: Sequence[tuple[UUID, int]]
) -> Mapping[tuple[UUID, int], UUID]:
    """Return the receivables at these positions of contracts."""
    place = tuple_(Receivable.contract_id, Receivable.position)
    rows = await session.execute(
        select(Receivable.contract_id, Receivable.position, Receivable.id).where(place.in_(places))
    )
    return {(contract_id, position): id for contract_id, position, id in rows.all()}


async def open_receivables(
    session: AsyncSession, customer_id: UUID, currency: str, *, contract_id: UUID | None = None
) -> Sequence[Receivable]:
    """Return what a customer still owes in a currency, oldest first."""
    owed = select(Receivable).where(
        Receivable.customer_id == customer_id,
        Receivable.currency == currency,
        Receivable.outstanding > 0,
    )
    if contract_id is not None:
        owed = owed.where(Receivable.contract_id == contract_id)
    return (await session.scalars(owed.order_by(*_oldest_first))).all()


async def customer_of_receivable(session: AsyncSession, id: UUID) -> UUID | None:
    """Return who owes it."""
    return await session.scalar(select(Receivable.customer_id).where(Receivable.id == id))
