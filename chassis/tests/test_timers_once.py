"""Timers fire once in effect, however many workers run, die, or have wrong clocks, and many cost no scan."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Dialect, func, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database, now
from chassis.testing import eventually
from chassis.tests import timer_worker
from chassis.tests.timer_worker import note, notes
from chassis.tests.timing import HOUR, Clock, given, timer
from chassis.timers.commands import cancel
from chassis.timers.models import TimerState
from chassis.timers.runner import _NEXT, Fired, Runner

DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


@pytest.fixture
async def database(timer_tables: Database) -> Database:
    async with timer_tables.transaction() as session:
        await session.execute(text("TRUNCATE timer, timer_calendar, rang"))
    return timer_tables


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def runner(database: Database, clock: Clock) -> Runner:
    return Runner(database, {"ring": note}, clock)


# --- Once --------------------------------------------------------------------------------------


@pytest.mark.feature("N11")
async def test_two_workers_fire_each_timer_once(database: Database, clock: Clock) -> None:
    wanted = [(await given(database, clock, after=HOUR), "due") for _ in range(100)]
    clock.go(hours=1)

    async def work(runner: Runner) -> None:
        while await runner.fire_due() or await notes(database) == []:
            pass

    await asyncio.gather(*(work(Runner(database, {"ring": note}, clock)) for _ in range(2)))
    assert sorted(await notes(database)) == sorted(wanted)


@pytest.mark.feature("N11")
async def test_firing_gives_way_to_a_command_that_holds_the_record_and_wants_the_timer(
    database: Database, clock: Clock
) -> None:
    holding = asyncio.Event()
    waits = text("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")

    async def decide(session: AsyncSession, fired: Fired) -> None:
        if not holding.is_set():
            holding.set()
            await eventually(lambda: database.read(waits))  # for this timer, so the server would end it
        await lock(session, fired.record_id)
        await note(session, fired)

    async def lock(session: AsyncSession, record_id: UUID) -> None:
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(str(record_id)))))

    cancelled, kept = [await given(database, clock, after=HOUR) for _ in range(2)]
    clock.go(hours=1)
    runner = Runner(database, {"ring": decide}, clock)

    async with database.transaction() as command:
        await lock(command, cancelled)
        firing = asyncio.create_task(runner.fire_due())
        await holding.wait()
        assert await cancel(command, "ring", cancelled, present=clock.now)
        await firing
    while await runner.fire_due():
        pass

    assert await notes(database) == [(kept, "due")]
    assert (await timer(database, cancelled)).attempts == 0


@pytest.mark.feature("N11")
async def test_a_clock_that_jumps_neither_loses_nor_doubles(
    database: Database, clock: Clock, runner: Runner
) -> None:
    early, late = await given(database, clock, after=HOUR), await given(database, clock, after=3 * HOUR)
    clock.go(hours=1)
    assert await runner.fire_due() == 1
    clock.go(hours=-2)
    assert await runner.fire_due() == 0
    assert await runner.wait_seconds() == 0.5  # it looks again soon, however far away that seems
    clock.go(days=400)
    assert await runner.fire_due() == 1
    clock.go(days=-400)
    assert await runner.fire_due() == 0
    assert await notes(database) == [(early, "due"), (late, "due")]


@pytest.mark.feature("N11")
async def test_a_worker_killed_in_the_middle_neither_loses_nor_doubles(
    database: Database, timers_url: str
) -> None:
    clock = Clock()
    clock.now = now()
    record = await given(database, clock, after=timedelta())

    async def worker(seconds: float) -> asyncio.subprocess.Process:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        return await asyncio.create_subprocess_exec(
            sys.executable, timer_worker.__file__, timers_url, str(seconds),
            env=environment, stdout=PIPE,
        )  # fmt: skip

    slow = await worker(600)
    assert slow.stdout
    assert await asyncio.wait_for(slow.stdout.readline(), 30) == b"noted\n"
    assert await notes(database) == []  # not committed
    slow.kill()
    await slow.wait()

    quick = await worker(0)
    try:
        await eventually(lambda: notes(database), timeout=30)
        assert await notes(database) == [(record, "due")]
        assert (await timer(database, record)).state is TimerState.FIRED
    finally:
        quick.kill()
        await quick.wait()


# --- Many --------------------------------------------------------------------------------------


@pytest.mark.feature("N11")
async def test_many_pending_timers_cost_no_scan(database: Database, clock: Clock, runner: Runner) -> None:
    fill = """
        INSERT INTO timer
            (id, kind, record_id, key, state, due_at, run_at, steps, step, payload, attempts, changed_at)
        SELECT gen_random_uuid(), 'ring', gen_random_uuid(), '', state, at, at, '[]', 0, '{}', 0, now()
        FROM (SELECT now() + make_interval(secs => n) AS at,
                     CASE WHEN n % 3 = 0 THEN 'waiting' ELSE 'fired' END AS state
              FROM generate_series(1, 100000) AS n) AS many"""
    async with database.transaction() as session:
        await session.execute(text(fill))
    async with database.engine.connect() as connection:
        await connection.execute(text("ANALYZE timer"))
    clock.now = now()
    for statement in (runner._due(None), _NEXT.params(kinds=["ring"])):
        written = statement.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True})
        plan = await database.read(text(f"EXPLAIN {written}"))
        lines = "\n".join(row[0] for row in plan)
        assert "ix_timer_waiting" in lines, lines
        assert "Seq Scan" not in lines, lines


@pytest.mark.feature("N11")
async def test_two_workers_that_keep_time_fire_within_a_second(database: Database, clock: Clock) -> None:
    late: list[float] = []

    async def handler(_: AsyncSession, fired: Fired) -> None:
        late.append((now() - fired.due_at).total_seconds())

    clock.now = now()
    async with asyncio.TaskGroup() as tasks:
        working = [tasks.create_task(Runner(database, {"ring": handler}, now).run()) for _ in range(2)]
        for number in range(100):
            await given(database, clock, after=timedelta(milliseconds=3000 + 10 * number))
        await eventually(lambda: len(late) == 100, timeout=30)
        for task in working:
            task.cancel()
    assert sorted(late)[98] < 1  # of 99 in 100
