"""What a dry run remembers of the rows before, so that it sees repeats however far apart they stand.

Nothing of its records stays, but what each of them would hold alone does until the end, as digests.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, Text, any_, bindparam, delete, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import Conflict
from chassis.fields.models import UniqueValue
from chassis.importing.cleaner import Report
from chassis.importing.importable import Importable
from chassis.importing.models import CREATE, SKIP, ImportJob
from chassis.importing.outcomes import CREATED, REFUSED, SKIPPED, UPDATED, Outcome
from chassis.uniqueness.models import UniqueKey

_SAME = ""  # the kind of what makes rows mean one record; others are rules and fields of uniqueness
Held = Mapping[int, Sequence[tuple[str, str]]]  # by place of the row: kinds with digests


async def held(
    session: AsyncSession, importable: Importable, outcomes: Sequence[Outcome], report: Report
) -> Held:
    """Return what the records that this transaction created hold alone; ask before it is rolled back."""
    places = {outcome.id: place for place, outcome in enumerate(outcomes) if outcome.kind == CREATED}
    found: dict[int, list[tuple[str, str]]] = {
        place: [] if report.keys.get(place) is None else [(_SAME, _digest(_SAME, report.keys[place]))]
        for place in places.values()
    }
    for kind, value, id in await _alone(session, importable, list(places)):
        found[places[id]].append((kind, _digest(kind, value)))
    return found


async def compared(
    session: AsyncSession, job: ImportJob, outcomes: Sequence[Outcome], holding: Held, report: Report
) -> list[Outcome]:
    """Return what becomes of the rows after those of the chunks before, and remember them too."""
    digests = sorted({digest for each in holding.values() for _, digest in each})
    query = select(UniqueKey.key).where(
        UniqueKey.object == _name(job),
        UniqueKey.rule == "",
        UniqueKey.key == any_(bindparam("digests", type_=ARRAY(Text))),
    )
    before = set(await session.scalars(query.params(digests=digests))) if digests else set()
    compared = [
        _after(job, outcome, [kind for kind, digest in holding.get(place, ()) if digest in before])
        for place, outcome in enumerate(outcomes)
    ]
    pairs = zip(outcomes, compared, strict=True)
    report.reasons.update(after.message for known, after in pairs if after.kind == REFUSED != known.kind)
    kept = {
        digest: compared[place].id
        for place, each in holding.items()
        for _, digest in each
        if compared[place].kind == CREATED
    }
    if kept:
        rows = [
            {"object": _name(job), "rule": "", "key": digest, "record_id": id} for digest, id in kept.items()
        ]
        await session.execute(insert(UniqueKey).on_conflict_do_nothing(), rows)
    return compared


async def forget(session: AsyncSession, job: ImportJob) -> None:
    """Give up what a dry run that ends remembered."""
    await session.execute(delete(UniqueKey).where(UniqueKey.object == _name(job)))


def _after(job: ImportJob, outcome: Outcome, repeated: Sequence[str]) -> Outcome:
    if not repeated:
        return outcome
    if _SAME in repeated and job.duplicates != CREATE:
        return Outcome(SKIPPED if job.duplicates == SKIP else UPDATED, outcome.id)
    named = " and ".join(kind for kind in repeated if kind)
    return Outcome.refusal(Conflict(f"A row above holds this already: {named}")) if named else outcome


async def _alone(
    session: AsyncSession, importable: Importable, ids: Sequence[UUID | None]
) -> list[tuple[str, Any, UUID]]:
    table: Table = importable.model.__table__  # type: ignore[attr-defined]
    keys = select(UniqueKey.rule, UniqueKey.key, UniqueKey.record_id).where(
        UniqueKey.object == importable.noun, UniqueKey.record_id.in_(ids)
    )
    values = select(UniqueValue.field_id, UniqueValue.digest, UniqueValue.record_id).where(
        UniqueValue.record_id.in_(ids)
    )
    found = [
        (str(kind), value, id) for query in (keys, values) for kind, value, id in await _rows(session, query)
    ]
    columns = [column for column in table.c if column.unique]
    for row in await _rows(session, select(table.c.id, *columns).where(table.c.id.in_(ids))):
        for column, value in zip(columns, row[1:], strict=True):
            if value is not None:  # records are known by what their table says is unique
                found += [(_SAME, f"{column.name} {value}", row[0]), (column.name, value, row[0])]
    return found


async def _rows(session: AsyncSession, query: Any) -> Sequence[Any]:
    return (await session.execute(query)).all()


def _name(job: ImportJob) -> str:
    return f"import {job.id}"


def _digest(kind: str, value: object) -> str:
    return hashlib.sha256(f"{kind}\0{value}".encode()).hexdigest()
