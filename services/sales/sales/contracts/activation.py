"""The saga after a signature: project and finance do their parts, then the contract is in force."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import fetch
from chassis.errors import NotFound
from chassis.messaging.outbox import emit
from sales import wire
from sales.contracts import events, queries
from sales.contracts.models import Contract, ContractActivation, ContractStatus

REPEAT_AFTER = timedelta(seconds=60)
OVERDUE_AFTER = timedelta(minutes=15)
AT_ONCE = 100


def begin_activation(session: AsyncSession, contract: Contract, *, present: datetime) -> None:
    """Wait from now on for project and finance."""
    session.add(
        ContractActivation(
            contract_id=contract.id,
            repeat_at=present + REPEAT_AFTER,
            due_at=present + OVERDUE_AFTER,
        )
    )


async def note_project(session: AsyncSession, contract_id: UUID, *, project_id: UUID, at: datetime) -> None:
    """Note that the project of a contract exists; the first one told counts."""
    activation = await _activation(session, contract_id)
    if activation.project_id is None:
        activation.project_id = project_id
        await _activate_when_complete(session, activation, at=at)


async def note_receivables(
    session: AsyncSession, contract_id: UUID, *, receivable_ids: Sequence[UUID], at: datetime
) -> None:
    """Note that the receivables of a contract exist; the first ones told count."""
    activation = await _activation(session, contract_id)
    if activation.receivable_ids is None:
        activation.receivable_ids = list(receivable_ids)
        await _activate_when_complete(session, activation, at=at)


async def sweep(session: AsyncSession, *, present: datetime) -> int:
    """Tell again of signatures without answer, and once of those that are late; return how many.

    Sweepers of several replicas share the rows; none waits for another.
    """
    late = ContractActivation.due_at <= present
    untold = ContractActivation.overdue_at.is_(None)
    query = (
        select(ContractActivation)
        .where(
            ContractActivation.activated_at.is_(None),
            or_(ContractActivation.repeat_at <= present, late & untold),
        )
        .order_by(ContractActivation.repeat_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    waiting = (await session.scalars(query)).all()
    for activation in waiting:
        contract = await session.get_one(Contract, activation.contract_id)
        if activation.repeat_at <= present:
            await _tell_again(session, contract, present)
            activation.repeat_at = present + REPEAT_AFTER
        if activation.due_at <= present and activation.overdue_at is None:
            emit(session, events.overdue(contract, activation.missing(), at=present), subject=contract.id)
            activation.overdue_at = present
    return len(waiting)


async def _activation(session: AsyncSession, contract_id: UUID) -> ContractActivation:
    # batches of both services' events lock the same rows, each in its own order
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("activation"))))
    activation = await session.get(ContractActivation, contract_id, with_for_update=True)
    if activation is None:
        raise NotFound(f"There is no signed contract {contract_id}", id=str(contract_id))
    return activation


async def _activate_when_complete(
    session: AsyncSession, activation: ContractActivation, *, at: datetime
) -> None:
    if activation.missing():
        return
    contract = await fetch(session, Contract, activation.contract_id)
    contract.status = ContractStatus.ACTIVE
    activation.activated_at = at
    await session.flush()
    emit(session, events.activated(contract, activation, at=at), subject=contract.id)


async def _tell_again(session: AsyncSession, contract: Contract, present: datetime) -> None:
    """Emit the same as at the signature; whoever did its part does nothing."""
    lines = await queries.lines_of(session, contract.id)
    instalments = await queries.instalments_of(session, contract.id)
    signed_at = wire.moment(contract.signed_on or present.date(), contract.updated_at)
    emit(session, events.signed(contract, lines, instalments, at=signed_at), subject=contract.id)
