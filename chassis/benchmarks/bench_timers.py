"""How late timers fire with two workers and 100 000 pending, and what a look costs then: `make bench`."""

import asyncio
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database, now
from chassis.timers.models import Model
from chassis.timers.runner import Fired, Runner
from deploy.local import postgres as postgres_server
from deploy.local.ports import free_port
from deploy.local.supervisor import Supervisor

PENDING = 100_000
DUE = 500
SECONDS = 5
WANTED = 1.0  # seconds late, of 99 in 100

FILL = text("""
    INSERT INTO timer
        (id, kind, record_id, key, state, due_at, run_at, steps, step, payload, attempts, changed_at)
    SELECT gen_random_uuid(), 'ring', gen_random_uuid(), '', 'waiting', at, at,
           '[{"name": "due", "seconds": 1}]', 0, '{}', 0, now()
    FROM (SELECT now() + CAST(:since AS interval) + n * CAST(:every AS interval) AS at
          FROM generate_series(1, :count) AS n) AS moments""")


async def fill(database: Database, count: int, since: timedelta, every: timedelta) -> None:
    async with database.transaction() as session:
        await session.execute(FILL, {"count": count, "since": since, "every": every})


async def look(runner: Runner) -> float:
    """Return what one look at nothing due takes, in milliseconds."""
    began = time.perf_counter()
    for _ in range(100):
        assert await runner.fire_due() == 0
    return (time.perf_counter() - began) * 10


async def lateness(databases: list[Database]) -> list[float]:
    """Return how late each of the due timers was, sorted."""
    late: list[float] = []

    async def handler(_: AsyncSession, fired: Fired) -> None:
        late.append((now() - fired.due_at).total_seconds())

    working = [asyncio.create_task(Runner(one, {"ring": handler}, now).run()) for one in databases]
    await fill(databases[0], DUE, timedelta(seconds=1), timedelta(seconds=SECONDS) / DUE)
    await asyncio.sleep(SECONDS + 3)
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)
    return sorted(late)


async def measure(folder: Path) -> tuple[float, float, list[float]]:
    """Return a look's milliseconds with few and with many pending, and how late timers fired."""
    supervisor = Supervisor(folder)
    program, postgres = postgres_server.embedded(folder / "postgres", free_port(), "superuser")
    await supervisor.start(program)
    url = await postgres.create_database("timers")
    databases = [Database(url), Database(url)]
    try:
        async with databases[0].engine.begin() as connection:
            await connection.run_sync(Model.metadata.create_all)
        runner = Runner(databases[0], {"ring": _never}, now)
        await fill(databases[0], 100, timedelta(days=1), timedelta(seconds=1))
        few = await look(runner)
        await fill(databases[0], PENDING, timedelta(days=1), timedelta(seconds=1))
        return few, await look(runner), await lateness(databases)
    finally:
        for database in databases:
            await database.close()
        await supervisor.stop()


async def _never(_: AsyncSession, __: Fired) -> None:
    raise AssertionError


def main() -> None:
    """Print the figures; fail when timers are late, or twice, or a look scans."""
    with tempfile.TemporaryDirectory(prefix="roundel-bench-") as folder:
        few, many, late = asyncio.run(measure(Path(folder)))
    middle, last = late[len(late) // 2], late[int(len(late) * 0.99)]
    sys.stdout.write(
        f"a look at nothing due: {few:.2f} ms with 100 pending, {many:.2f} ms with {PENDING:,}\n"
    )
    sys.stdout.write(f"{len(late)} of {DUE} fired, late by {middle:.3f} s (median), {last:.3f} s (p99)\n")
    if len(late) != DUE or last > WANTED or many > 5 * few:
        sys.exit(f"wanted: each once, 99 in 100 within {WANTED} s, a look within 5 times")


if __name__ == "__main__":
    main()
