"""What callers notice when the database goes away."""

from contextlib import suppress

import pytest
from sqlalchemy import text

from chassis.database import Database
from chassis.errors import Unavailable
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
