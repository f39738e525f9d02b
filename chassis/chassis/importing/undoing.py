"""Taking an import back, chunk by chunk from its end, as far as nobody touched the rows since."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit.models import AuditEntry
from chassis.errors import DomainError
from chassis.fields.comparing import COLUMN
from chassis.importing import custom
from chassis.importing.importable import Importable
from chassis.importing.models import ImportJob, ImportOutcome
from chassis.importing.outcomes import CREATED, UPDATED, Outcome
from chassis.importing.stored import restored, shown

REMOVED, RESTORED, LEFT = "removed", "restored", "left"
_OTHER = object()  # than any value: of what is no column of the row
MOST_LEFT = 100  # named one by one; all are counted


async def take_back(session: AsyncSession, importable: Importable, job: ImportJob) -> None:
    """Undo the chunk before the job's position and move the position there.

    A row is left when somebody else changed it since, when something refers to it, or when its object cannot
    undo.
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
    found = await _locked(session, importable, outcomes)
    touched = await _touched(session, job, found)
    for outcome, row in reversed(found):
        ended, why = await _undo(session, importable, outcome, row, touched)
        counts[ended] = counts.get(ended, 0) + 1
        if why and len(left) < MOST_LEFT:
            left.append([str(outcome.id), why])
    job.counts, job.report = counts, {**report, "left": left}


async def again(session: AsyncSession, job: ImportJob) -> None:
    """Let what was left be looked at once more; what was taken back stays so."""
    chunks = select(func.max(ImportOutcome.position)).where(ImportOutcome.job_id == job.id)
    job.position = (await session.scalar(chunks) or 0) + 1
    job.counts = {kind: n for kind, n in job.counts.items() if kind not in (REMOVED, RESTORED, LEFT)}
    job.report = {**job.report, "left": []}


Found = tuple[Outcome, Any]
Touched = Mapping[UUID, tuple[int, int]]  # the last versions by others and by anybody


async def _locked(session: AsyncSession, importable: Importable, outcomes: Sequence[Outcome]) -> list[Found]:
    changes = [outcome for outcome in outcomes if outcome.kind in (CREATED, UPDATED)]
    model = importable.model
    ids = sorted({outcome.id for outcome in changes if outcome.id})
    query = select(model).where(model.id.in_(ids)).order_by(model.id).with_for_update()
    rows = {row.id: row for row in await session.scalars(query)}
    return [(outcome, outcome.id and rows.get(outcome.id)) for outcome in changes]


async def _touched(session: AsyncSession, job: ImportJob, found: Sequence[Found]) -> Touched:
    """Return who changed rows since, as the audit has it: other rows of the same import may have."""
    ids = {row.id for outcome, row in found if row is not None and row.version != outcome.version}
    if not ids:
        return {}
    version = func.max(AuditEntry.record_version)
    others = version.filter(AuditEntry.cause.is_distinct_from(str(job.id)))
    entries = select(AuditEntry.record_id, others, version).where(AuditEntry.record_id.in_(ids))
    rows = await session.execute(entries.group_by(AuditEntry.record_id))
    return {id: (others or 0, anybody or 0) for id, others, anybody in rows.all() if id}


def _is_untouched(outcome: Outcome, row: Any, touched: Touched) -> bool:
    others, anybody = touched.get(row.id, (0, outcome.version))
    # of what this very transaction undid, the audit does not know yet
    return others <= outcome.version and row.version in (
        outcome.version,
        anybody,
        getattr(row, "_undone_at", anybody),
    )


async def _undo(
    session: AsyncSession, importable: Importable, outcome: Outcome, row: Any, touched: Touched
) -> tuple[str, str]:
    if row is None:
        return (REMOVED, "") if outcome.kind == CREATED else (LEFT, "It is gone already")
    if not _is_untouched(outcome, row, touched):
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
        if any(getattr(row, name, _OTHER) != value for name, value in before.items()):
            await importable.restore(session, row, before)
        if added is not None:
            await custom.put_back(session, row, added)
        await session.flush()
    row._undone_at = row.version
    return RESTORED, ""
