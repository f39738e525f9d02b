"""When a service rests, what may be repeated, and how much one service may hold; by a clock of the test."""

import asyncio
from typing import Any

import pytest

from chassis.testing import eventually
from gateway.execution.breaker import FAILURES_IN_A_ROW, REST_SECONDS, Breaker
from gateway.execution.bulkhead import UNDER_WAY, WAITING, Bulkhead
from gateway.execution.failures import Cause, SubgraphFailure
from gateway.execution.retries import MOST_SAVED, RetryBudget, may_be_repeated
from gateway.execution.sharing import Sharing


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("finance", clock)


def fail(breaker: Breaker, times: int = FAILURES_IN_A_ROW) -> None:
    for _ in range(times):
        breaker.failed(breaker.enter(), "finance is not reachable")


def test_it_opens_after_failures_in_a_row_and_says_why(breaker: Breaker) -> None:
    fail(breaker, FAILURES_IN_A_ROW - 1)
    breaker.succeeded(breaker.enter())
    fail(breaker, FAILURES_IN_A_ROW - 1)
    assert breaker.state == 0
    fail(breaker, 1)
    assert breaker.state == 1
    with pytest.raises(SubgraphFailure, match=r"finance is resting after 9 failures, at last: .* within 1 s"):
        breaker.check()


def test_it_opens_when_half_of_the_fetches_of_the_last_seconds_failed(breaker: Breaker, clock: Clock) -> None:
    for _ in range(9):
        breaker.succeeded(breaker.enter())
        fail(breaker, 1)
    clock.now += 11
    for _ in range(5):
        breaker.succeeded(breaker.enter())
        fail(breaker, 1)
    assert breaker.state == 0  # what is long ago counts no more
    for _ in range(5):
        breaker.succeeded(breaker.enter())
        fail(breaker, 1)
    assert breaker.state == 1


def test_after_a_rest_one_fetch_tries_it_and_its_success_closes(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now += REST_SECONDS
    probe = breaker.enter()
    assert breaker.state == 0.5
    with pytest.raises(SubgraphFailure):
        breaker.enter()
    breaker.succeeded(probe)
    assert breaker.state == 0
    breaker.enter()


def test_a_probe_that_hangs_keeps_no_later_one_away(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now += REST_SECONDS
    hanging = breaker.enter()
    clock.now += REST_SECONDS
    breaker.succeeded(breaker.enter())
    breaker.failed(hanging, "late")
    assert breaker.state == 0


def test_a_failed_probe_leaves_it_open(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now += REST_SECONDS
    fail(breaker, 1)
    assert breaker.state == 1
    with pytest.raises(SubgraphFailure):
        breaker.check()


def test_what_began_before_it_recovered_does_not_open_it_again(breaker: Breaker, clock: Clock) -> None:
    old = [breaker.enter() for _ in range(FAILURES_IN_A_ROW)]
    fail(breaker)
    clock.now += REST_SECONDS
    breaker.succeeded(breaker.enter())
    for each in old:
        breaker.failed(each, "late")
    assert breaker.state == 0


def test_what_runs_out_of_time_late_is_no_news_of_a_service_that_answers(breaker: Breaker) -> None:
    old = [breaker.enter() for _ in range(FAILURES_IN_A_ROW)]
    breaker.succeeded(breaker.enter())
    for each in old:
        breaker.failed(each, "late")
    assert breaker.state == 0
    fail(breaker)
    assert breaker.state == 1


def test_only_what_did_no_harm_is_repeated() -> None:
    def repeated(cause: Cause, *, is_query: bool) -> bool:
        return may_be_repeated(SubgraphFailure(cause, ""), is_query=is_query)

    accidents = {Cause.UNREACHABLE, Cause.CONNECTION_LOST, Cause.MALFORMED}
    assert {cause for cause in Cause if repeated(cause, is_query=True)} == accidents
    assert {cause for cause in Cause if repeated(cause, is_query=False)} == {Cause.UNREACHABLE}


def test_retries_add_at_most_a_tenth_to_what_is_saved() -> None:
    budget = RetryBudget()
    granted = 0
    for _ in range(1_000):
        budget.earn()
        granted += budget.spend()
        granted += budget.spend()
    assert granted <= MOST_SAVED + 100


async def test_one_service_holds_only_so_many_fetches() -> None:
    bulkhead = Bulkhead("finance")
    assert all(bulkhead.enter() for _ in range(UNDER_WAY))
    assert not bulkhead.enter()
    waiting = [asyncio.create_task(bulkhead.wait()) for _ in range(WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(SubgraphFailure, match="finance is busy: 32 fetches are under way and 500 wait"):
        await bulkhead.wait()
    bulkhead.leave()
    await waiting[0]
    assert bulkhead.under_way == UNDER_WAY
    assert not bulkhead.enter()  # whoever waits is served before whoever comes


async def test_who_gives_up_waiting_keeps_no_place() -> None:
    bulkhead = Bulkhead("finance")
    for _ in range(UNDER_WAY):
        bulkhead.enter()
    early, late = [asyncio.create_task(bulkhead.wait()) for _ in range(2)]
    await asyncio.sleep(0)
    early.cancel()
    bulkhead.leave()  # the place is the other's, though both were still there
    await late
    with pytest.raises(asyncio.CancelledError):
        await early
    late = asyncio.create_task(bulkhead.wait())
    await asyncio.sleep(0)
    bulkhead.leave()
    late.cancel()  # it has the place already
    await asyncio.wait([late])
    assert bulkhead.under_way == UNDER_WAY - 1
    assert bulkhead.enter()


async def test_when_the_first_gives_up_those_who_joined_ask_for_themselves() -> None:
    calls = 0
    go_on = asyncio.Event()

    async def call() -> dict[str, Any]:
        nonlocal calls
        calls += 1
        await go_on.wait()
        return {"data": 1}

    sharing, until = Sharing(), asyncio.get_running_loop().time() + 10
    asking = [asyncio.create_task(sharing.answer(("finance", b"{}"), "Ada", call, until)) for _ in range(3)]
    await asyncio.sleep(0)
    assert calls == 1
    asking[0].cancel()
    await eventually(lambda: calls == 2)
    go_on.set()
    assert await asyncio.gather(*asking[1:]) == [{"data": 1}, {"data": 1}]
    assert calls == 2
