"""Reads of contracts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.listing import Listing
from sales.contracts.models import Contract, ContractActivation, ContractLine, Instalment
from sales.known.queries import of_customer

CONTRACTS = Listing(
    noun="contract",
    table=Contract.__table__,  # type: ignore[arg-type]
    fields={column.key: column for column in Contract.__table__.c},
    sorts=("created_at", "signed_on", "total", "number"),
    also=of_customer(Contract.__table__.c.customer_id),
)

_KEYS = bindparam("keys", type_=ARRAY(PgUUID(as_uuid=True)))

LINES_OF_CONTRACTS = (
    select(ContractLine.__table__)
    .where(ContractLine.contract_id == any_(_KEYS))
    .order_by(ContractLine.contract_id, ContractLine.position)
)
INSTALMENTS_OF_CONTRACTS = (
    select(Instalment.__table__)
    .where(Instalment.contract_id == any_(_KEYS))
    .order_by(Instalment.contract_id, Instalment.position)
)
ACTIVATIONS_OF_CONTRACTS = select(ContractActivation.__table__).where(
    ContractActivation.contract_id == any_(_KEYS)
)


async def lines_of(session: AsyncSession, contract_id: UUID) -> Sequence[ContractLine]:
    """Return the lines of a contract in their order."""
    query = select(ContractLine).where(ContractLine.contract_id == contract_id)
    return (await session.scalars(query.order_by(ContractLine.position))).all()


async def instalments_of(session: AsyncSession, contract_id: UUID) -> Sequence[Instalment]:
    """Return the instalments of a contract in their order."""
    query = select(Instalment).where(Instalment.contract_id == contract_id)
    return (await session.scalars(query.order_by(Instalment.position))).all()


async def next_number(session: AsyncSession, year: int) -> str:
    """Return a number that no other contract gets."""
    following = await session.scalar(text("SELECT nextval('contract_number')"))
    return f"C-{year}-{following:06}"
