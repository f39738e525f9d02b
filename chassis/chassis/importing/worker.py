"""Takes the imports that wait: each by one replica at a time, each chunk in one transaction."""

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ScalarSelect, Select, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.access import Principal, acting_as, guard
from chassis.audit.context import arising_from, caused_by
from chassis.database import Database, now, uuid7
from chassis.edges import principals
from chassis.errors import DomainError, Forbidden, Unauthenticated
from chassis.fields import asking, lists
from chassis.importing import bringing, rehearsing, tokens, undoing
from chassis.importing.bringing import Bringer
from chassis.importing.cleaner import Cleaner, Report
from chassis.importing.custom import present
from chassis.importing.files import forget_files, rows_of
from chassis.importing.importable import Importable
from chassis.importing.mapping import Column
from chassis.importing.models import ImportFile, ImportJob, JobState
from chassis.importing.outcomes import Outcome
from chassis.secrets.sealing import secret_names

LEASE = timedelta(seconds=30)
POLL_SECONDS = 0.5
SWEEP_SECONDS = 3600
KEPT = timedelta(days=30)  # files, and with them what undoing needs
MOST_ATTEMPTS = 5
WORKING = (JobState.WAITING, JobState.RUNNING, JobState.UNDOING)

log = logging.getLogger(__name__)


def _waiting(importables: Sequence[Importable]) -> Select[Any]:
    """Return what tells that some job waits; looking costs far less than trying to take one."""
    states = or_(*(ImportJob.state == state for state in WORKING))
    objects = or_(*(ImportJob.object == importable.noun for importable in importables))
    free = or_(
        ImportJob.leased_until.is_(None), ImportJob.leased_until < bindparam("now", type_=DateTime(True))
    )
    return select(ImportJob.id).where(states, objects, free).limit(1)


class _DryRun(Exception):
    """Leaves the transaction without a commit."""


class ImportWorker:
    """One replica's share of the imports."""

    def __init__(
        self,
        database: Database,
        importables: Sequence[Importable],
        *,
        known: principals.Known = principals.as_written,
    ) -> None:
        self._database = database
        self._known = known
        self._importables = {importable.noun: importable for importable in importables}
        self._me = uuid7()
        self._waits = _waiting(importables)

    async def run(self) -> None:
        """Work until cancelled; a failure is tried again, and after some attempts ends the import."""
        swept = float("-inf")
        while True:
            busy = False
            try:
                if time.monotonic() - swept > SWEEP_SECONDS:
                    swept = time.monotonic()
                    await self._forget()
                busy = await self.work()
            except Exception:
                log.exception("An import failed; it goes on later")
            if not busy:
                await asyncio.sleep(POLL_SECONDS)

    async def work(self) -> bool:
        """Take one job and bring it to its end; False when none waits."""
        job_id = await self._lease() if await self._database.read(self._waits, {"now": now()}) else None
        if job_id is None:
            return False
        try:
            more = True
            while more:
                more = await asking.answered(self._database, partial(self._chunk, job_id))
        except (Forbidden, Unauthenticated) as error:
            await self._fail(job_id, error.message, final=True)
        except Exception as error:
            told = error.message if isinstance(error, DomainError) else "a defect; the log tells more"
            await self._fail(job_id, f"It failed {MOST_ATTEMPTS} times at the same rows: {told}")
            raise
        return True

    async def _forget(self) -> None:
        async with self._database.transaction() as session:
            await forget_files(session, before=now() - KEPT)

    async def _lease(self) -> UUID | None:
        free = or_(ImportJob.leased_until.is_(None), ImportJob.leased_until < now())
        oldest: ScalarSelect[UUID] = (
            select(ImportJob.id)
            .where(ImportJob.state.in_(WORKING), ImportJob.object.in_(self._importables), free)
            .order_by(ImportJob.created_at)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        values = {"leased_by": self._me, "leased_until": now() + LEASE}
        async with self._database.transaction() as session:
            taken = update(ImportJob).where(ImportJob.id == oldest).values(**values)
            return await session.scalar(taken.returning(ImportJob.id))

    async def _chunk(self, job_id: UUID) -> bool:
        """Do the next chunk; False when there is none, or the job is not ours any more."""
        await lists.ready(self._database)
        async with self._database.transaction() as session:
            job = await self._locked(session, job_id)
            if job is None:
                return False
            job.leased_until = now() + LEASE
            importable = self._importables[job.object]
            with acting_as(self._importer(session, job)), _import(job):
                guard.act(importable.noun, "import")
                if job.state is JobState.UNDOING:
                    return await self._take_back(session, importable, job)
                if not job.dry_run:
                    return await self._bring(session, importable, job)
        return await self._try(job_id, importable)

    async def _bring(self, session: AsyncSession, importable: Importable, job: ImportJob) -> bool:
        report = Report()
        outcomes = await self._outcomes(session, importable, job, report)
        return await self._advance(session, job, outcomes, report)

    async def _try(self, job_id: UUID, importable: Importable) -> bool:
        """Do a chunk of a dry run: all of it is rolled back, and what would have become of it is kept."""
        report = Report()
        outcomes: list[Outcome] = []
        holding: rehearsing.Held = {}
        try:
            async with self._database.transaction() as session:
                job = await session.get_one(ImportJob, job_id)
                with acting_as(self._importer(session, job)), _import(job):
                    outcomes = await self._outcomes(session, importable, job, report)
                    holding = await rehearsing.held(session, importable, outcomes, report)
                raise _DryRun
        except _DryRun:
            pass
        async with self._database.transaction() as session:
            again = await self._locked(session, job_id)
            if again is None:
                return False
            outcomes = await rehearsing.compared(session, again, outcomes, holding, report)
            more = await self._advance(session, again, outcomes, report)
            if not more:
                await rehearsing.forget(session, again)
            return more

    async def _outcomes(
        self, session: AsyncSession, importable: Importable, job: ImportJob, report: Report
    ) -> list[Outcome]:
        report.secret = secret_names(importable.model)
        file = await session.get_one(ImportFile, job.file_id)
        rows = await rows_of(session, file.id, job.position)
        columns = [Column.of(kept) for kept in job.columns]
        importable = await present(session, importable)
        cleaner = Cleaner(importable, columns, file.headers)
        bringer = Bringer(importable, cleaner, job.duplicates)
        if not importable.group or not rows:
            return await bringer.bring(session, rows, report)
        ahead = [Outcome.of(kept) for kept in job.report.get("ahead", ())]
        following = await rows_of(session, file.id, job.position + 1)
        over = (
            len(cleaner.runs([rows[-1], *following])[0]) - 1
        )  # rows of the record that this chunk ends with
        rest = [*rows[len(ahead) :], *following[:over]]
        found = await bringer.bring(session, rest, report) if len(ahead) < len(rows) else ahead[-1:] * over
        report.ahead = [outcome.to_json() for outcome in found[len(found) - over :]]
        return [*ahead, *found[: len(found) - over]]

    async def _advance(
        self, session: AsyncSession, job: ImportJob, outcomes: list[Outcome], report: Report
    ) -> bool:
        if outcomes:
            job.state = JobState.RUNNING
            await bringing.keep(session, job, outcomes, report)
            return True
        return self._end(job, JobState.DONE)

    async def _take_back(self, session: AsyncSession, importable: Importable, job: ImportJob) -> bool:
        if job.position == 0:
            return self._end(job, JobState.UNDONE)
        await undoing.take_back(session, importable, job)
        job.attempts = 0
        return True

    def _end(self, job: ImportJob, state: JobState) -> bool:
        job.state, job.finished_at = state, now()
        job.leased_by = job.leased_until = None
        job.principal = tokens.without(job.principal)
        return False

    def _importer(self, session: AsyncSession, job: ImportJob) -> Principal:
        return tokens.with_token(session, principals.read(job.principal, self._known), job.principal)

    async def _locked(self, session: AsyncSession, job_id: UUID) -> ImportJob | None:
        job = await session.get_one(ImportJob, job_id, with_for_update=True)
        return job if job.leased_by == self._me and job.state in WORKING else None

    async def _fail(self, job_id: UUID, error: str, *, final: bool = False) -> None:
        """Note the failure; one that may pass ends the import only at the last attempt."""
        async with self._database.transaction() as session:
            job = await self._locked(session, job_id)
            if job is None:
                return
            job.attempts += 1
            job.leased_until = now() + timedelta(seconds=2**job.attempts)
            if final or job.attempts >= MOST_ATTEMPTS:
                self._end(job, JobState.FAILED)
                await rehearsing.forget(session, job)
                job.error = error[:1000]


@contextmanager
def _import(job: ImportJob) -> Iterator[None]:
    """Changes inside are those of this import."""
    doing = "undo import" if job.state is JobState.UNDOING else "import"
    with arising_from("command", f"{doing} {job.object}"), caused_by(str(job.id)):
        yield
