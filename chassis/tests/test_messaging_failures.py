"""Events that cannot be handled, and servers that die: nothing is lost, nothing happens twice."""

import shutil
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import now, uuid7
from chassis.errors import Conflict, Invalid, NotFound, Unavailable
from chassis.gathering.gathered import Gathered
from chassis.messaging import deadletters, streams
from chassis.messaging.envelope import Envelope
from chassis.messaging.replay import replay
from chassis.messaging.subscriber import Handlers, NotYet
from chassis.testing import eventually
from chassis.tests.messaging_events import (
    QUICK,
    Bus,
    Closed,
    Note,
    Opened,
    Party,
    no_negatives,
    note,
    own_bus,
    running,
    three_parties,
)
from deploy.local import postgres as postgres_server
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.supervisor import Supervisor


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    async with own_bus(tmp_path) as bus:
        yield bus


@pytest.fixture
async def parties(bus: Bus, postgres: Postgres) -> AsyncIterator[list[Party]]:
    async with three_parties(bus, postgres) as parties:
        yield parties


# --- Failing -----------------------------------------------------------------------------------


async def test_a_failure_costs_only_its_own_event(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    await alpha.emit(Opened, 1, -2, 3)
    async with running(alpha.relay().run(), beta.subscriber({Opened: no_negatives}).run()):
        await eventually(lambda: beta.has_noted(1, 3))
        await eventually(lambda: beta.has_dead_letters(1))
    [letter] = await deadletters.unresolved(beta.database)
    assert letter.error == "Invalid: -2 is negative"
    assert (letter.stream, letter.type, letter.attempts) == ("alpha", "roundel.alpha.v1.Opened", 1)
    assert await beta.is_done_with("alpha")


async def test_what_events_gather_is_written_together_before_others_and_a_failure_costs_only_its_own(
    parties: list[Party],
) -> None:
    alpha, beta, _ = parties
    writes: list[list[int]] = []

    async def prepare(_: AsyncSession, event: Any, envelope: Envelope) -> int:
        number: int = event.number
        return number

    async def write(session: AsyncSession, numbers: Sequence[int]) -> None:
        writes.append(list(numbers))
        await session.execute(insert(Note), [{"text": "gathered", "number": number} for number in numbers])
        if min(numbers) < 0:
            raise Invalid("negative")

    handlers: Handlers = {Opened: Gathered(prepare, write), Closed: note}
    for count, kind, numbers in ((1, Opened, (1, 2)), (2, Closed, (3,)), (3, Opened, (4, 5))):
        await alpha.emit(kind, *numbers, subject=UUID(int=count))
    async with running(alpha.relay().run()):
        await eventually(alpha.told_all)
        async with running(beta.subscriber(handlers).run()):
            await eventually(lambda: beta.has_noted(1, 2, 3, 4, 5))
            assert writes == [[1, 2], [4, 5]]
            await alpha.emit(Opened, 6, -7, 8)
            await eventually(lambda: beta.has_noted(1, 2, 3, 4, 5, 6, 8))
            await eventually(lambda: beta.has_dead_letters(1))


@pytest.mark.parametrize("error", [Unavailable("away"), Conflict("changed"), OSError("cut"), KeyError("bug")])
async def test_a_transient_failure_is_tried_again_and_then_put_aside(
    parties: list[Party], error: Exception
) -> None:
    alpha, beta, _ = parties
    attempts: list[int] = []

    async def fail(session: AsyncSession, event: Any, envelope: Envelope) -> None:
        attempts.append(event.number)
        if event.number == 1 or len(attempts) < 3:
            raise error

    async with running(alpha.relay().run(), beta.subscriber({Opened: fail}).run()):
        await alpha.emit(Opened, 0)
        await eventually(lambda: attempts == [0, 0, 0])
        await eventually(lambda: beta.is_done_with("alpha"))
        await alpha.emit(Opened, 1)
        await eventually(lambda: beta.has_dead_letters(1))
    assert attempts[3:] == [1] * (len(QUICK) + 1)


async def test_an_event_waits_for_an_earlier_one_as_long_as_it_takes(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    attempts: list[int] = []

    async def after_opened(session: AsyncSession, event: Any, envelope: Envelope) -> None:
        attempts.append(event.number)
        if not (await session.scalars(select(Note))).all():
            raise NotYet("not opened yet")
        await note(session, event, envelope)

    async with running(alpha.relay().run(), beta.subscriber({Opened: note, Closed: after_opened}).run()):
        await alpha.emit(Closed, 2)
        await eventually(lambda: len(attempts) > len(QUICK) + 2)
        await alpha.emit(Opened, 1)
        await eventually(lambda: beta.has_noted(1, 2))


async def test_the_stream_is_told_why_it_is_given_up(parties: list[Party]) -> None:
    alpha, beta, gamma = parties
    reasons = await gamma.nats.subscribe("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.alpha.beta")
    async with running(alpha.relay().run(), beta.subscriber({Opened: no_negatives}).run()):
        await alpha.emit(Opened, -1)
        assert b'"reason":"Invalid: -1 is negative"' in (await reasons.next_msg(10)).data


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{}", {}),
        (b"\x00\xff", {"ce-id": "no uuid"}),
        (b"not json", Envelope(uuid7(), "roundel.alpha.v1.Opened", "x", "y", now()).to_headers()),
    ],
)
async def test_what_is_illegible_is_put_aside(
    parties: list[Party], body: bytes, headers: dict[str, str]
) -> None:
    alpha, beta, _ = parties
    await streams.ensure_stream(alpha.nats.jetstream(), "alpha")
    await alpha.nats.jetstream().publish("roundel.alpha.v1.Opened", body, headers=headers)
    async with running(beta.subscriber({Opened: note}).run()):
        await eventually(lambda: beta.has_dead_letters(1))
        await eventually(lambda: beta.is_done_with("alpha"))


async def test_a_dead_letter_is_retried_once_or_discarded_for_good(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    await alpha.emit(Opened, -1, -2)
    async with running(alpha.relay().run(), beta.subscriber({Opened: no_negatives}).run()):
        await eventually(lambda: beta.has_dead_letters(2))
    first, second = await deadletters.unresolved(beta.database)

    with pytest.raises(Invalid):
        await deadletters.retry(beta.database, "beta", {Opened: no_negatives}, first.id)
    assert await beta.notes() == []
    await deadletters.retry(beta.database, "beta", {Opened: note}, first.id)
    await deadletters.discard(beta.database, second.id, "entered by mistake")
    with pytest.raises(Conflict, match="entered by mistake"):
        await deadletters.retry(beta.database, "beta", {Opened: note}, second.id)
    with pytest.raises(NotFound):
        await deadletters.discard(beta.database, uuid7(), "-")

    await beta.nats.jetstream().delete_consumer("alpha", "beta")
    async with running(beta.subscriber({Opened: note}).run()):
        await eventually(lambda: beta.is_done_with("alpha"))
    assert await beta.notes() == [-1]
    assert await deadletters.unresolved(beta.database) == []


# --- Outages -----------------------------------------------------------------------------------


async def test_killing_nats_while_publishing_loses_and_repeats_nothing(
    bus: Bus, parties: list[Party]
) -> None:
    alpha, beta, _ = parties
    async with running(alpha.relay().run(), alpha.relay().run(), beta.subscriber({Opened: note}).run()):
        for start in range(0, 2000, 50):
            await alpha.emit(Opened, *range(start, start + 50))
            if start % 500 == 250:
                bus.supervisor.kill("nats")
                await bus.supervisor.ready("nats")
        await eventually(alpha.told_all, 60)
        await eventually(lambda: beta.has_noted_in_any_order(*range(2000)), 60)
    assert await alpha.numbers_told() == list(range(2000))


async def test_killing_postgresql_while_events_flow_loses_and_repeats_nothing(
    bus: Bus, tmp_path: Path
) -> None:
    folder = tmp_path / "postgres"
    program, postgres = postgres_server.embedded(folder, free_port(), "superuser")
    supervisor = Supervisor(folder)
    await supervisor.start(program)
    try:
        async with three_parties(bus, postgres) as (alpha, beta, _):
            await alpha.emit(Opened, *range(1000))
            async with running(alpha.relay().run(), beta.subscriber({Opened: note}).run()):
                for seen in (1, 300, 600):
                    await eventually(partial(has_at_least, beta, seen), 30)
                    supervisor.kill("postgres")
                    await supervisor.ready("postgres")
                await eventually(lambda: beta.has_noted_in_any_order(*range(1000)), 90)
                await eventually(lambda: beta.is_done_with("alpha"), 90)
            assert await deadletters.unresolved(beta.database) == []
            assert await alpha.numbers_told() == list(range(1000))
    finally:
        await supervisor.stop()


async def has_at_least(party: Party, count: int) -> bool:
    return len(await party.notes()) >= count


async def test_a_lost_stream_is_rebuilt_from_the_outbox(
    bus: Bus, parties: list[Party], tmp_path: Path
) -> None:
    alpha, beta, gamma = parties
    await alpha.emit(Opened, 1)
    since = now()
    await alpha.emit(Opened, 2, 3)
    works = (alpha.relay().run(), beta.subscriber({Opened: note}).run())
    async with running(*works):
        await eventually(lambda: beta.has_noted(1, 2, 3))
        await eventually(alpha.told_all)
        await bus.supervisor.stop_one("nats")
        shutil.rmtree(tmp_path / "jetstream")
        await bus.supervisor.start_one("nats")
        assert await replay(alpha.database, since) == 2
        async with running(gamma.subscriber({Opened: note}).run()):
            await eventually(lambda: gamma.has_noted(2, 3))
        await eventually(lambda: beta.is_done_with("alpha"), 30)
    assert await alpha.numbers_told() == [2, 3]
    assert await beta.notes() == [1, 2, 3]
