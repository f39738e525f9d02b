"""Events between services, on real PostgreSQL and NATS: in order, and with effect exactly once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access, telemetry
from chassis.access import Principal
from chassis.audit.context import Origin, caused_by, origin
from chassis.database import now, uuid7
from chassis.errors import Invalid, LimitExceeded
from chassis.messaging import streams
from chassis.messaging.envelope import Envelope
from chassis.messaging.models import OutboxEvent
from chassis.messaging.outbox import emit
from chassis.testing import eventually
from chassis.tests.messaging_events import (
    Answered,
    Asked,
    Bus,
    Closed,
    NewerOpened,
    Note,
    Opened,
    Party,
    note,
    own_bus,
    running,
    three_parties,
)
from deploy.local import nats as nats_server
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


# --- Telling -----------------------------------------------------------------------------------


async def test_what_is_rolled_back_is_never_told(parties: list[Party]) -> None:
    alpha, _, _ = parties
    with suppress(Invalid):
        async with alpha.database.transaction() as session:
            emit(session, Opened(number=1), subject=uuid7())
            await session.flush()
            raise Invalid("no")
    async with running(alpha.relay().run()):
        await alpha.emit(Opened, 2)
        await eventually(alpha.told_all)
    assert await alpha.numbers_told() == [2]


async def test_an_event_too_large_for_the_stream_is_refused_in_its_transaction(parties: list[Party]) -> None:
    async with parties[0].database.transaction() as session:
        with pytest.raises(LimitExceeded, match=r"alpha\.v1\.Opened"):
            emit(session, Opened(item_name="x" * 600_000), subject=uuid7())


async def test_a_message_is_a_cloud_event(parties: list[Party]) -> None:
    alpha, actor, subject = parties[0], uuid7(), uuid7()
    with access.acting_as(Principal("employee", actor)):
        await alpha.emit(Opened, 7, subject=subject)
    async with running(alpha.relay().run()):
        await eventually(alpha.told_all)
    message = await alpha.nats.jetstream().get_msg("alpha", 1)
    [row] = await alpha.rows(select(OutboxEvent))
    assert message.data == b'{"number": 7, "itemName": "\xe9\xa1\xb9\xe7\x9b\xae"}'
    assert message.subject == "roundel.alpha.v1.Opened"
    assert Envelope.from_headers(message.headers or {}) == Envelope(
        row.id, "roundel.alpha.v1.Opened", "roundel/alpha", str(subject), row.created_at, actor
    )


async def test_four_relays_at_once_keep_the_order(parties: list[Party]) -> None:
    alpha = parties[0]
    async with running(*(alpha.relay().run() for _ in range(4))):
        for start in range(0, 1000, 20):
            await alpha.emit(Opened, *range(start, start + 20))
        await eventually(alpha.told_all)
    assert await alpha.numbers_told() == list(range(1000))


async def test_a_lower_position_committed_later_is_told_too(parties: list[Party]) -> None:
    alpha = parties[0]
    async with running(alpha.relay().run()):
        async with alpha.database.transaction() as slow:
            emit(slow, Opened(number=1), subject=uuid7())
            await slow.flush()
            await alpha.emit(Opened, 2)
            await eventually(lambda: alpha.has_told(2))
        await eventually(lambda: alpha.has_told(2, 1))


@pytest.mark.parametrize("count", [1, 50])
async def test_a_crash_between_publishing_and_marking_repeats_nothing(
    parties: list[Party], count: int
) -> None:
    alpha = parties[0]
    await alpha.emit(Opened, *range(count))
    async with running(alpha.relay().run()):
        await eventually(alpha.told_all)
    async with alpha.database.transaction() as session:  # what a crash before the commit leaves
        await session.execute(update(OutboxEvent).values(published_at=None))
    await alpha.emit(Opened, count)
    async with running(alpha.relay().run()):
        await eventually(alpha.told_all)
    assert await alpha.numbers_told() == list(range(count + 1))


async def test_published_events_are_kept_for_a_while(parties: list[Party]) -> None:
    alpha = parties[0]
    await alpha.emit(Opened, 1, 2)
    async with running(alpha.relay().run()):
        await eventually(alpha.told_all)
    async with alpha.database.transaction() as session:
        old = update(OutboxEvent).where(OutboxEvent.data["number"].as_integer() == 1)
        await session.execute(old.values(created_at=now() - timedelta(days=31)))
    async with running(alpha.relay().run()):
        await eventually(lambda: alpha.keeps(1))


async def test_a_server_that_may_lose_acknowledged_events_is_refused(bus: Bus, tmp_path: Path) -> None:
    await streams.check_durability(bus.server.monitor_url)
    program, careless = nats_server.embedded(tmp_path / "careless", free_port(), free_port(), {})
    file = tmp_path / "careless/nats.conf"
    file.write_text(file.read_text().replace('"always"', '"2m"'))
    supervisor = Supervisor(tmp_path / "careless")
    await supervisor.start(program)
    try:
        with pytest.raises(RuntimeError, match="sync_interval: always"):
            await streams.check_durability(careless.monitor_url)
    finally:
        await supervisor.stop()


# --- Listening ---------------------------------------------------------------------------------


async def test_a_redelivered_event_takes_effect_once(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    await alpha.emit(Opened, *range(150))
    async with running(alpha.relay().run()):
        await eventually(alpha.told_all)
    for _ in range(3):  # as if every acknowledgement were lost with the consumer
        async with running(beta.subscriber({Opened: note}).run()):
            await eventually(lambda: beta.is_done_with("alpha"))
        await beta.nats.jetstream().delete_consumer("alpha", "beta")
    assert await beta.notes() == list(range(150))


async def test_four_subscribers_at_once_handle_each_event_once(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    works = [beta.subscriber({Opened: note}).run() for _ in range(4)]
    async with running(alpha.relay().run(), *works):
        for start in range(0, 1000, 20):
            await alpha.emit(Opened, *range(start, start + 20))
        await eventually(lambda: beta.has_noted_in_any_order(*range(1000)))


async def test_a_subscriber_may_start_before_the_stream_exists(parties: list[Party]) -> None:
    alpha, beta, gamma = parties
    async with running(beta.subscriber({Opened: note, Answered: note}).run()):
        await asyncio.sleep(0.3)
        await alpha.emit(Opened, 1)
        await gamma.emit(Answered, 2)
        async with running(alpha.relay().run(), gamma.relay().run()):
            await eventually(lambda: beta.has_noted_in_any_order(1, 2))


async def test_events_go_round_several_services_on_behalf_of_the_first_actor(parties: list[Party]) -> None:
    alpha, beta, gamma = parties

    async def ask(session: AsyncSession, event: Any, envelope: Envelope) -> None:
        emit(session, Asked(number=event.number), subject=UUID(envelope.subject))

    async def answer(session: AsyncSession, event: Any, envelope: Envelope) -> None:
        emit(session, Answered(number=event.number * 2), subject=UUID(envelope.subject))

    works = [party.relay().run() for party in parties]
    works.append(beta.subscriber({Opened: ask}).run())
    works.append(gamma.subscriber({Asked: answer, Opened: note}).run())
    works.append(alpha.subscriber({Answered: note}).run())
    actor = uuid7()
    async with running(*works):
        with access.acting_as(Principal("employee", actor)):
            await alpha.emit(Opened, *range(30))
        await eventually(lambda: alpha.has_noted_in_any_order(*range(0, 60, 2)))
        await eventually(lambda: gamma.has_noted_in_any_order(*range(30)))
    assert set(await alpha.rows(select(Note.actor))) == {actor}


async def test_a_trace_goes_on_in_the_handler(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    begun = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    seen: list[dict[str, str]] = []

    async def look(session: AsyncSession, event: Any, envelope: Envelope) -> None:
        seen.append(telemetry.inject())

    async with running(alpha.relay().run(), beta.subscriber({Opened: look}).run()):
        with telemetry.extracted(begun):
            await alpha.emit(Opened, 1)
        await eventually(lambda: seen == [begun])


@pytest.mark.feature("F109")
async def test_the_cause_of_a_change_is_known_to_all_that_follows_from_it(parties: list[Party]) -> None:
    alpha, beta, gamma = parties
    seen: list[Origin] = []

    async def ask(session: AsyncSession, event: Any, envelope: Envelope) -> None:
        emit(session, Asked(number=event.number), subject=uuid7())

    async def look(session: AsyncSession, event: Any, envelope: Envelope) -> None:
        seen.append(origin())

    asking, looking = beta.subscriber({Opened: ask}), gamma.subscriber({Asked: look})
    async with running(alpha.relay().run(), asking.run(), beta.relay().run(), looking.run()):
        with caused_by("规则 1"):
            await alpha.emit(Opened, 1)
        await eventually(lambda: [(each.channel, each.cause) for each in seen] == [("event", "规则 1")])


async def test_a_single_event_arrives_at_once(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    async with running(alpha.relay().run(), beta.subscriber({Opened: note}).run()):
        await alpha.emit(Opened, 0)
        await eventually(lambda: beta.has_noted(0))
        began = asyncio.get_running_loop().time()
        await alpha.emit(Opened, 1)
        await eventually(lambda: beta.has_noted(0, 1))
    assert asyncio.get_running_loop().time() - began < 0.5


async def test_fields_of_a_newer_release_are_ignored(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    async with running(alpha.relay().run(), beta.subscriber({Opened: note}).run()):
        async with alpha.database.transaction() as session:
            emit(session, NewerOpened(number=1, added_later="x"), subject=uuid7())
        await eventually(lambda: beta.has_noted(1))


async def test_a_release_that_handles_a_further_type_gets_its_history(parties: list[Party]) -> None:
    alpha, beta, _ = parties
    await alpha.emit(Opened, 1, 2)
    await alpha.emit(Closed, 11, 12)
    async with running(alpha.relay().run()):
        async with running(beta.subscriber({Opened: note}).run()):
            await eventually(lambda: beta.has_noted(1, 2))
        async with running(beta.subscriber({Opened: note, Closed: note}).run()):
            await eventually(lambda: beta.has_noted(1, 2, 11, 12))
