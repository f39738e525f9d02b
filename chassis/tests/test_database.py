"""What callers notice when the database goes away, or ends their transaction in favour of another's."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database
from chassis.errors import Conflict, Unavailable
from chassis.graphql.context import BaseContext
from chassis.graphql.inputs import Input
from chassis.testing import employee
from deploy.local.ports import free_port

ONE = text("SELECT 1")
PID = text("SELECT pg_backend_pid()")
END_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


async def test_connections_that_the_server_ended_are_replaced(
    alpha_url: str, alpha_database: Database
) -> None:
    other = Database(alpha_url)
    for _ in range(50):
        async with alpha_database.transaction() as session:
            before = await session.scalar(PID)
        assert await other.read(END_OTHERS)

        with suppress(Unavailable):  # the server's farewell may still be on its way
            await alpha_database.read(ONE)

        async with alpha_database.transaction() as session:
            assert await session.scalar(PID) != before
    await other.close()


async def test_a_transaction_that_loses_its_connection_may_be_tried_again(
    alpha_url: str, alpha_database: Database
) -> None:
    other = Database(alpha_url)

    async def interrupted() -> None:
        async with alpha_database.transaction() as session:
            await session.execute(ONE)
            await other.read(END_OTHERS)
            await session.execute(ONE)

    with pytest.raises(Unavailable):
        await interrupted()
    await other.close()


async def test_a_server_that_is_not_there_is_merely_unavailable() -> None:
    nowhere = Database(f"postgresql+asyncpg://alpha:secret@127.0.0.1:{free_port()}/alpha")
    with pytest.raises(Unavailable):
        await nowhere.read(ONE)
    with pytest.raises(Unavailable):
        async with nowhere.transaction() as session:
            await session.scalar(ONE)


async def test_two_changes_that_wait_for_each_other_are_both_made(alpha_database: Database) -> None:
    both_began = asyncio.Barrier(2)
    attempts = 0

    async def change(first: int, second: int) -> int:
        async def work(session: AsyncSession) -> int:
            nonlocal attempts
            attempts += 1
            await session.execute(select(func.pg_advisory_xact_lock(first)))
            if attempts <= 2:
                await both_began.wait()
            await session.execute(select(func.pg_advisory_xact_lock(second)))
            return first

        return await BaseContext(alpha_database, employee()).change(Input(), work)

    one, other = await asyncio.gather(change(1, 2), change(2, 1))
    assert (one, other) == (1, 2)
    assert attempts == 3  # one was ended by the server, and came again


@pytest.mark.parametrize("state", ["40001", "40P01"])
async def test_what_stays_in_the_way_is_a_conflict_that_may_be_sent_again(
    alpha_database: Database, state: str
) -> None:
    fails = text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$")

    with pytest.raises(Conflict, match="send it again") as refusal:
        await BaseContext(alpha_database, employee()).change(Input(), lambda session: session.execute(fails))

    assert refusal.value.extensions == {"code": "CONFLICT"}
