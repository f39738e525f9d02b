"""One chunk of a job: cleaned, checked for duplicates, created or updated, its cursor moved on."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Aggregate
from chassis.errors import DomainError, Invalid
from chassis.importing.cleaner import Cleaned, Cleaner, Report
from chassis.importing.custom import entered
from chassis.importing.importable import BY_ID, Importable, Made, Values
from chassis.importing.models import CREATE, SKIP, UPDATE, ImportJob, ImportOutcome
from chassis.importing.outcomes import CREATED, JOINED, REFUSED, SKIPPED, UPDATED, Outcome
from chassis.importing.reading import Row
from chassis.importing.stored import hidden, stored

_NOT_UNDONE = {"version", "updated_at", "updated_by"}


class Bringer:
    """Brings rows of one import in; keeps nothing between chunks."""

    def __init__(self, importable: Importable, cleaner: Cleaner, duplicates: str) -> None:
        self._importable = importable
        self._cleaner = cleaner
        self._duplicates = UPDATE if importable.only_changes else duplicates

    async def bring(self, session: AsyncSession, rows: Sequence[Row], report: Report) -> list[Outcome]:
        """Return what became of each row."""
        cleaned = await asyncio.to_thread(self._cleaner.clean, rows, report)
        await self._cleaner.look_up(session, cleaned)
        runs = self._cleaner.runs(rows) if self._importable.group else []
        cleaned = _joined(cleaned, runs)
        followers = {place: run[0] for run in runs for place in run[1:]}
        outcomes: dict[int, Outcome] = {}
        waiting: list[tuple[int, Values]] = []
        for place, row in enumerate(cleaned):
            if isinstance(row, DomainError):
                outcomes[place] = Outcome.refusal(row)
            elif place not in followers:
                waiting.append((place, row))
                report.keys[place] = self._key(row)
        while waiting:  # rows that mean one record come in one after the other
            batch, waiting = self._first_of_each(waiting)
            outcomes |= await self._batch(session, batch)
        for place, first in followers.items():
            outcomes.setdefault(place, _following(outcomes[first]))
        found = [outcomes[place] for place in range(len(rows))]
        report.reasons.update(outcome.message for outcome in found if outcome.kind == REFUSED)
        return found

    def _key(self, row: Values) -> Hashable:
        return row[BY_ID.name] if BY_ID.name in row else self._importable.key(row)

    def _first_of_each(
        self, rows: list[tuple[int, Values]]
    ) -> tuple[list[tuple[int, Values]], list[tuple[int, Values]]]:
        seen: set[Hashable] = set()
        first: list[tuple[int, Values]] = []
        later: list[tuple[int, Values]] = []
        for place, row in rows:
            key = self._key(row)
            (later if key is not None and key in seen else first).append((place, row))
            seen.add(key)
        return first, later

    async def _batch(self, session: AsyncSession, rows: list[tuple[int, Values]]) -> dict[int, Outcome]:
        importable = self._importable
        known: Sequence[UUID | None] = [None] * len(rows)
        if BY_ID.name in rows[0][1]:
            known = [row.pop(BY_ID.name) for _, row in rows]
        elif self._duplicates != CREATE:
            known = await importable.known(session, [row for _, row in rows])
        fresh = [(place, row) for (place, row), id in zip(rows, known, strict=True) if id is None]
        found = [(place, id, row) for (place, row), id in zip(rows, known, strict=True) if id is not None]
        made = await importable.create(session, [entered(importable, row, new=True) for _, row in fresh])
        outcomes = {place: _outcome(CREATED, result) for (place, _), result in zip(fresh, made, strict=True)}
        if self._duplicates == SKIP:
            return outcomes | {place: Outcome(SKIPPED, id) for place, id, _ in found}
        return outcomes | await self._update(session, found)

    async def _update(
        self, session: AsyncSession, rows: list[tuple[int, UUID, Values]]
    ) -> dict[int, Outcome]:
        if not rows:
            return {}
        model = self._importable.model
        ids = sorted({id for _, id, _ in rows})
        query = select(model).where(model.id.in_(ids)).order_by(model.id).with_for_update()
        found = (await session.scalars(query)).all()
        parts = await self._parts(session, ids)
        before = {row.id: {**_columns(row), **parts.get(row.id, {})} for row in found}
        changes = [(id, entered(self._importable, row, new=False)) for _, id, row in rows]
        made = await self._importable.update(session, changes)
        parts = await self._parts(session, ids)
        return {
            place: _updated(session, result, before.get(id, {}), parts.get(id, {}))
            for (place, id, _), result in zip(rows, made, strict=True)
        }

    async def _parts(self, session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
        return await self._importable.parts(session, ids) if self._importable.parts else {}


async def keep(session: AsyncSession, job: ImportJob, outcomes: Sequence[Outcome], report: Report) -> None:
    """Write down what became of a chunk and move the job on to the next."""
    refused = sum(outcome.kind == REFUSED for outcome in outcomes)
    rows = [outcome.to_json() for outcome in outcomes]
    kept = insert(ImportOutcome).values(job_id=job.id, position=job.position, rows=rows, refused=refused)
    await session.execute(kept)
    counts = dict(job.counts)
    for outcome in outcomes:
        counts[outcome.kind] = counts.get(outcome.kind, 0) + 1
    job.counts = counts
    job.report = report.added_to(job.report)
    job.position += 1
    job.attempts = 0


def _outcome(kind: str, made: Made) -> Outcome:
    return Outcome.refusal(made) if isinstance(made, DomainError) else Outcome(kind, made.id, made.version)


def _updated(
    session: AsyncSession, made: Made, before: Mapping[str, Any], parts: Mapping[str, Any]
) -> Outcome:
    if isinstance(made, DomainError):
        return Outcome.refusal(made)
    after = {**_columns(made), **parts}
    names = [*before, *(name for name in parts if name not in before)]
    changed = {name: stored(before.get(name)) for name in names if before.get(name) != after.get(name)}
    return Outcome(UPDATED, made.id, made.version, hidden(session, made, changed))


def _joined(cleaned: list[Cleaned], runs: list[list[int]]) -> list[Cleaned]:
    """Put the rows of each run into its first; a run with a refused row is refused whole."""
    joined = list(cleaned)
    for run in runs:
        rows = [cleaned[place] for place in run]
        whole = [row for row in rows if not isinstance(row, DomainError)]
        if len(whole) == len(rows):
            joined[run[0]] = {**whole[0], "rows": whole}
        else:
            apart = Invalid("Another row of the same record is refused")
            for place in run:
                row = cleaned[place]
                joined[place] = row if isinstance(row, DomainError) else apart
    return joined


def _following(first: Outcome) -> Outcome:
    return first if first.kind == REFUSED else Outcome(JOINED, first.id)


def _columns(row: Aggregate) -> dict[str, Any]:
    names = (column.key for column in inspect(type(row)).column_attrs)
    return {name: getattr(row, name) for name in names if name not in _NOT_UNDONE}
