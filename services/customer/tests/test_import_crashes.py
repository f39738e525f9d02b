"""An import goes on after its worker was killed, and no row comes in twice or not at all."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select, update

from chassis.access import acting_as
from chassis.database import Database, now
from chassis.importing import jobs, mapping
from chassis.importing.files import receive
from chassis.importing.models import ImportJob, ImportOutcome, JobState
from chassis.importing.worker import ImportWorker
from chassis.testing import employee, eventually, outbox
from customer.companies.importable import IMPORTABLE_CUSTOMERS
from customer.companies.models import Customer

ROWS = 6_000
WORKER = """
import asyncio, sys
from chassis.database import Database
from chassis.importing.worker import ImportWorker
from chassis.secrets.columns import opened
from chassis.testing import MASTER_KEYS
from customer.companies.importable import IMPORTABLE_CUSTOMERS
from customer.model import Model
async def work():
    database = Database(sys.argv[1])
    await opened(database, MASTER_KEYS, Model.metadata)
    await ImportWorker(database, [IMPORTABLE_CUSTOMERS]).run()
asyncio.run(work())
"""


@pytest.mark.feature("F21")
async def test_an_import_goes_on_after_its_worker_was_killed(database: Database) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"name\n" + "".join(f"Company {n}\n" for n in range(ROWS)).encode()

    with acting_as(employee()):
        file = await receive(database, body(), name="many.csv")
        async with database.transaction() as session:
            columns = mapping.suggest(IMPORTABLE_CUSTOMERS, file.headers)
            job = await jobs.start(session, IMPORTABLE_CUSTOMERS, file_id=file.id, columns=columns)

    url = database.engine.url.render_as_string(hide_password=False)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, url)
    try:
        await eventually(lambda: _position(database, job), timeout=60)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
    assert await ImportWorker(database, [IMPORTABLE_CUSTOMERS]).work() is False  # leased until it is sure
    async with database.transaction() as session:
        await session.execute(update(ImportJob).values(leased_until=now()))

    assert await ImportWorker(database, [IMPORTABLE_CUSTOMERS]).work() is True

    async with database.transaction() as session:
        done = await session.get_one(ImportJob, job.id)
        kept = (await session.scalars(select(ImportOutcome.rows))).all()
        companies = await session.scalar(select(func.count()).select_from(Customer))
    assert (done.state, done.counts) == (JobState.DONE, {"created": ROWS})
    assert (companies, sum(map(len, kept))) == (ROWS, ROWS)
    told = Counter(event.subject for event in await outbox(database))
    assert (len(told), max(told.values())) == (ROWS, 1)


async def _position(database: Database, job: ImportJob) -> int:
    async with database.transaction() as session:
        return (await session.get_one(ImportJob, job.id)).position
