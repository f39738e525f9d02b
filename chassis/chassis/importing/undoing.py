"""Taking an import back, chunk by chunk from its end, as far as nobody touched the rows since."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import DomainError
from chassis.fields.comparing import COLUMN
from chassis.importing import custom
from chassis.importing.importable import Importable
from chassis.importing.models import ImportJob, ImportOutcome
from chassis.importing.outcomes import CREATED, UPDATED, Outcome
from chassis.importing.stored import restored, shown

REMOVED, RESTORED, LEFT = "removed", "restored", "left"
MOST_LEFT = 100  # named one by one; all are counted


async def take_back(session: AsyncSession, importable: Importable, job: ImportJob) -> None:
    """Undo the chunk before the job's position and move the position there.

    A row is left when it was changed since, when something refers to it, or when its object cannot undo.
    """
    job.position -= 1
    kept = await session.scalar(
        select(ImportOutcome.rows).where(
            ImportOutcome.job_id == job.id, ImportOutcome.position == job.position
        )
    )
    outcomes = [Outcome.of(entry) for entry in kept or ()]
    counts, report = dict(job.counts), dict(job.report)
    left = list(report.get("left", []))
    for outcome in reversed(await _locked(session, importable, outcomes)):
        ended, why = await _undo(session, importable, *outcome)
        counts[ended] = counts.get(ended, 0) + 1
        if why and len(left) < MOST_LEFT:
            left.append([str(outcome[0].id), why])
    job.counts, job.report = counts, {**report, "left": left}


Found = tuple[Outcome, Any]


async def _locked(session: AsyncSession, importable: Importable, outcomes: Sequence[Outcome]) -> list[Found]:
    changes = [outcome for outcome in outcomes if outcome.kind in (CREATED, UPDATED)]
    model = importable.model
    ids = sorted({outcome.id for outcome in changes if outcome.id})
    query = select(model).where(model.id.in_(ids)).order_by(model.id).with_for_update()
    rows = {row.id: row for row in await session.scalars(query)}
    return [(outcome, outcome.id and rows.get(outcome.id)) for outcome in changes]


async def _undo(session: AsyncSession, importable: Importable, outcome: Outcome, row: Any) -> tuple[str, str]:
    if row is None:
        return LEFT, "It is gone already"
    # later rows of the same import may have changed it too; undoing those put their version in its place
    expected = max(outcome.version, getattr(row, "_undone_at", 0))
    if row.version != expected:
        return LEFT, "It was changed since"
    try:
        async with session.begin_nested():
            if outcome.kind == CREATED:
                return await _removed(session, importable, row)
            return await _restored(session, importable, outcome, row)
    except IntegrityError:
        return LEFT, "Something refers to it"
    except DomainError as error:
        return LEFT, error.message


async def _removed(session: AsyncSession, importable: Importable, row: Any) -> tuple[str, str]:
    if importable.remove is None:
        return LEFT, f"The {importable.noun} cannot be removed"
    await importable.remove(session, row)
    await session.flush()
    await custom.forget(session, row)
    return REMOVED, ""


async def _restored(
    session: AsyncSession, importable: Importable, outcome: Outcome, row: Any
) -> tuple[str, str]:
    if importable.restore is None:
        return LEFT, f"Earlier values of the {importable.noun} cannot be restored"
    if outcome.before:
        before = restored(importable.model, shown(session, row, outcome.before))
        added = before.pop(COLUMN, None)
        await importable.restore(session, row, before)
        if added is not None:
            await custom.put_back(session, row, added)
        await session.flush()
    row._undone_at = row.version
    return RESTORED, ""
