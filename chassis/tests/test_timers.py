"""Timers fire when they are due, once in effect, whatever happens to the workers and their clocks."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database, now, uuid7
from chassis.errors import Invalid, NotFound, Unavailable
from chassis.messaging.envelope import Envelope
from chassis.tests.timer_worker import note, notes
from chassis.tests.timing import FRIDAY, HOUR, Clock, do, given, timer
from chassis.timers import calendars, failures, known
from chassis.timers.commands import Step, cancel, pause, restart, resume, set_timer
from chassis.timers.models import Timer, TimerState
from chassis.timers.runner import DELAYS, Fired, Runner
from roundel.identity.v1.identity_events_pb2 import CalendarChanged

WEEK = {day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CALENDAR = UUID(int=5)


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


async def tell_calendar(
    database: Database, version: int = 1, default: bool = True, **definition: Any
) -> None:
    written = {"version": 1, "zone": "Asia/Shanghai", "week": WEEK} | definition
    event = CalendarChanged(
        calendar_id=str(CALENDAR),
        version=version,
        name="Office",
        definition=orjson.dumps(written).decode(),
        is_default=default,
    )
    [handler] = known.handlers(calendar_changed=CalendarChanged).values()
    envelope = Envelope(uuid7(), "", "identity", "", now(), None)
    async with database.transaction() as session:
        await handler(session, event, envelope)


# --- When --------------------------------------------------------------------------------------


@pytest.mark.feature("N11")
async def test_a_timer_fires_once_when_it_is_due(database: Database, clock: Clock, runner: Runner) -> None:
    record = await given(database, clock, after=HOUR)
    assert await runner.fire_due() == 0
    clock.go(minutes=59, seconds=59)
    assert await runner.fire_due() == 0
    assert 0 < await runner.wait_seconds() <= 0.5
    clock.go(seconds=1)
    assert await runner.wait_seconds() == 0
    assert await runner.fire_due() == 1
    clock.go(days=1)
    assert await runner.fire_due() == 0
    assert await notes(database) == [(record, "due")]
    assert (await timer(database, record)).state is TimerState.FIRED


async def test_a_timer_of_a_transaction_that_fails_was_never_set(database: Database, clock: Clock) -> None:
    async def refused() -> None:
        async with database.transaction() as session:
            await set_timer(session, "ring", uuid4(), after=HOUR)
            raise Invalid("No")

    with pytest.raises(Invalid):
        await refused()
    assert not await database.read(select(Timer.__table__))


async def test_setting_it_again_replaces_it(database: Database, clock: Clock, runner: Runner) -> None:
    record = await given(database, clock, after=HOUR)
    async with database.transaction() as session:
        await set_timer(session, "ring", record, after=3 * HOUR, present=clock.now)
        await set_timer(session, "ring", record, key="other", at=clock.now + 2 * HOUR)
    clock.go(hours=2)
    assert await runner.fire_due() == 1
    clock.go(hours=1)
    assert await runner.fire_due() == 1
    async with database.transaction() as session:
        await set_timer(session, "ring", record, after=HOUR, present=clock.now)  # after it fired
    clock.go(hours=1)
    assert await runner.fire_due() == 1


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"after": HOUR, "at": FRIDAY},
        {"after": -HOUR},
        {"steps": [Step("a", HOUR)] * 21},
        {"steps": [Step("a", HOUR), Step("b", -HOUR)]},
    ],
)
async def test_a_timer_without_one_clear_time_is_refused(
    database: Database, clock: Clock, how: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        await given(database, clock, **how)


@pytest.mark.feature("N11")
async def test_a_cancelled_timer_never_fires(database: Database, clock: Clock, runner: Runner) -> None:
    record = await given(database, clock, after=HOUR)
    assert await do(database, clock, cancel, record)
    assert await do(database, clock, cancel, record) is None
    clock.go(days=9)
    assert await runner.fire_due() == 0


@pytest.mark.feature("N11")
async def test_the_time_of_a_paused_timer_stands_still(
    database: Database, clock: Clock, runner: Runner
) -> None:
    record = await given(database, clock, after=3 * HOUR)
    clock.go(hours=1)
    assert await do(database, clock, pause, record)
    clock.go(days=7)
    assert await runner.fire_due() == 0
    assert await do(database, clock, resume, record)
    clock.go(hours=1, minutes=59)
    assert await runner.fire_due() == 0
    clock.go(minutes=1)
    assert await runner.fire_due() == 1
    assert await do(database, clock, resume, record) is None


@pytest.mark.feature("N11")
async def test_a_restarted_timer_begins_again(database: Database, clock: Clock, runner: Runner) -> None:
    record = await given(database, clock, after=3 * HOUR)
    clock.go(hours=2)
    assert await do(database, clock, restart, record)
    clock.go(hours=2)
    assert await runner.fire_due() == 0
    clock.go(hours=1)
    assert await runner.fire_due() == 1
    assert await do(database, clock, restart, record)  # also after it fired
    clock.go(hours=3)
    assert await runner.fire_due() == 1


# --- Business time -----------------------------------------------------------------------------


@pytest.mark.feature("N11")
async def test_business_time_stands_still_at_night_and_while_paused(
    database: Database, clock: Clock, runner: Runner
) -> None:
    await tell_calendar(database)
    record = await given(database, clock, after=HOUR, business=True)
    assert (await timer(database, record)).due_at == datetime(2026, 1, 12, 1, 30, tzinfo=UTC)

    clock.go(minutes=15)
    await do(database, clock, pause, record)
    clock.now = datetime(2026, 1, 12, 3, 30, tzinfo=UTC)  # Monday, half past eleven
    await do(database, clock, resume, record)
    assert (await timer(database, record)).due_at == datetime(2026, 1, 12, 5, 15, tzinfo=UTC)  # after lunch


@pytest.mark.feature("N11")
async def test_a_calendar_that_changes_moves_what_waits_by_it(database: Database, clock: Clock) -> None:
    await tell_calendar(database)
    clock.now = now()
    record = await given(database, clock, after=100 * HOUR, calendar_id=CALENDAR)
    other = await given(database, clock, after=100 * HOUR)
    by_the_wall = (await timer(database, other)).due_at

    await tell_calendar(database, version=2, zone="Europe/Berlin")
    berlin = calendars.parse({"zone": "Europe/Berlin", "week": WEEK})
    shanghai = calendars.parse({"zone": "Asia/Shanghai", "week": WEEK})
    due = (await timer(database, record)).due_at
    assert due != shanghai.add(clock.now, 100 * HOUR)
    # what was left at the change, which was just now, is left of the new hours
    assert abs(berlin.between(clock.now, due) - 100 * HOUR) < timedelta(minutes=1)
    assert (await timer(database, other)).due_at == by_the_wall

    await tell_calendar(database, version=1, zone="UTC")  # an older one, told late
    assert (await timer(database, record)).due_at == due


async def test_a_calendar_that_nobody_told_of_is_named(database: Database, clock: Clock) -> None:
    with pytest.raises(Unavailable, match="default calendar is not known"):
        await given(database, clock, after=HOUR, business=True)
    with pytest.raises(Unavailable, match=str(CALENDAR)):
        await given(database, clock, after=HOUR, calendar_id=CALENDAR)


# --- Ladders -----------------------------------------------------------------------------------

LADDER = [Step("remind", HOUR), Step("escalate", 2 * HOUR), Step("give up", timedelta(0))]


@pytest.mark.feature("N11")
async def test_a_ladder_fires_step_by_step(database: Database, clock: Clock, runner: Runner) -> None:
    record = await given(database, clock, steps=LADDER)
    clock.go(hours=1, minutes=50)  # a late worker delays no later step
    assert await runner.fire_due() == 1
    clock.go(hours=1)
    assert await runner.fire_due() == 0
    clock.go(minutes=10)
    while await runner.fire_due():
        pass
    assert await notes(database) == [(record, "remind"), (record, "escalate"), (record, "give up")]


async def test_a_handler_may_end_its_own_ladder(database: Database, clock: Clock) -> None:
    async def once(session: AsyncSession, fired: Fired) -> None:
        await note(session, fired)
        await cancel(session, fired.kind, fired.record_id)

    runner = Runner(database, {"ring": once}, clock)
    record = await given(database, clock, steps=LADDER)
    clock.go(days=1)
    assert await runner.fire_due() == 1
    assert await runner.fire_due() == 0
    assert await notes(database) == [(record, "remind")]


# --- Failing -----------------------------------------------------------------------------------


async def test_a_failing_handler_leaves_nothing_and_hinders_no_other(
    database: Database, clock: Clock
) -> None:
    bad = await given(database, clock, after=HOUR)
    good = [await given(database, clock, after=HOUR) for _ in range(3)]

    async def picky(session: AsyncSession, fired: Fired) -> None:
        await note(session, fired)
        if fired.record_id == bad:
            raise ValueError("not this one")

    runner = Runner(database, {"ring": picky}, clock)
    clock.go(hours=1)
    await runner.fire_due()
    assert sorted(await notes(database)) == sorted((record, "due") for record in good)
    assert (await timer(database, bad)).error == "ValueError: not this one"

    for delay in DELAYS:
        assert await runner.fire_due() == 0
        clock.now += delay
        assert await runner.fire_due() == 1
    [failed] = await failures.failed(database)
    assert (failed.record_id, failed.state, failed.attempts) == (bad, "failed", len(DELAYS))
    clock.go(days=1)
    assert await runner.fire_due() == 0

    await failures.retry(database, failed.id)
    clock.now = now()
    assert await Runner(database, {"ring": note}, clock).fire_due() == 1
    assert (bad, "due") in await notes(database)
    with pytest.raises(NotFound):
        await failures.retry(database, failed.id)


async def test_a_kind_of_a_newer_release_waits_for_it(database: Database, clock: Clock) -> None:
    await given(database, clock, after=HOUR)
    clock.go(hours=1)
    assert await Runner(database, {"other": note}, clock).fire_due() == 0
    assert await Runner(database, {"ring": note}, clock).fire_due() == 1


async def test_what_is_settled_is_forgotten_after_a_month(
    database: Database, clock: Clock, runner: Runner
) -> None:
    fired, waiting = await given(database, clock, after=HOUR), await given(database, clock, after=1000 * HOUR)
    clock.go(hours=1)
    await runner.fire_due()
    clock.go(days=31)
    await runner._tidy()
    rows = await database.read(select(Timer.__table__))
    assert [row.record_id for row in rows] == [waiting] != [fired]
