"""What reads share: keys that are asked for together, connections that stay taken, plans that are kept."""

import asyncio
import uuid
from typing import Any

import pytest
from sqlalchemy import bindparam, column, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.exc import DBAPIError

from chassis.database import Database, uuid7
from chassis.reads.batches import Batches
from chassis.reads.reader import Wanted
from chassis.testing import statements

IDS = bindparam("ids", type_=ARRAY(UUID(as_uuid=True)))
GIVEN = select(func.unnest(IDS).column_valued("id"))
PLANS = text(
    "SELECT sum(generic_plans)::int AS generic, sum(custom_plans)::int AS custom FROM pg_prepared_statements"
    " WHERE statement LIKE 'SELECT id%unnest(%'"
).columns(column("generic"), column("custom"))

TOLD = text(
    """SELECT '{"of": [1, null]}'::jsonb AS told, '$1' AS "$2", ARRAY['a', NULL]::varchar[] AS several"""
).columns(column("told"), column("$2"), column("several"))
FAILS = select((1 / func.cardinality(IDS)).label("share"))


class Store:
    """Doubles numbers, and remembers how it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.free = asyncio.Event()

    async def many(self, keys: list[int]) -> list[int]:
        self.asked.append(keys)
        await self.free.wait()
        return [100 // key for key in keys]


async def test_each_key_is_fetched_once_and_for_everybody_who_asks() -> None:
    store = Store()
    store.free.set()
    batches = Batches(store.many)
    assert await asyncio.gather(*(batches.load(key) for key in (1, 2, 1))) == [100, 50, 100]
    assert await batches.load(2) == 50
    assert store.asked == [[1, 2]]


async def test_who_gives_up_waiting_takes_it_from_nobody_else() -> None:
    store = Store()
    batches = Batches(store.many)
    impatient, patient = batches.load(4), batches.load(4)
    await asyncio.sleep(0.01)
    impatient.cancel()
    late = batches.load(4)
    store.free.set()
    assert [await patient, await late] == [25, 25]


async def test_a_failure_is_told_to_all_who_asked_and_who_ask_again() -> None:
    store = Store()
    store.free.set()
    batches = Batches(store.many)
    assert all(
        isinstance(each, ZeroDivisionError)
        for each in await asyncio.gather(batches.load(0), batches.load(1), return_exceptions=True)
    )
    with pytest.raises(ZeroDivisionError):
        await batches.load(0)


async def test_a_statement_that_is_run_again_is_planned_once(alpha_database: Database) -> None:
    for _ in range(8):
        assert len(await alpha_database.read(GIVEN, {"ids": [uuid7()]})) == 1
    [plans] = await alpha_database.read(PLANS)
    assert tuple(plans) == (7, 1)


async def test_reads_that_find_every_connection_taken_get_the_next_free_one(alpha_url: str) -> None:
    narrow = Database(alpha_url, pool_size=2)
    wait = select(func.pg_sleep(0.01))
    async with asyncio.timeout(5):
        await asyncio.gather(*(narrow.read(wait) for _ in range(20)))
        given_up = asyncio.create_task(narrow.read(select(func.pg_sleep(30))))
        await asyncio.sleep(0.05)
        given_up.cancel()
        await asyncio.gather(*(narrow.read(wait) for _ in range(20)))
    await narrow.close()


async def test_closing_waits_for_the_read_under_way_and_for_nothing_else(alpha_url: str) -> None:
    closing = Database(alpha_url)
    reading = asyncio.create_task(closing.read(select(func.pg_sleep(0.2))))
    await asyncio.sleep(0.1)
    async with asyncio.timeout(5):
        await closing.close()
        await reading


async def test_a_parameter_that_is_not_given_is_not_taken_for_null(alpha_database: Database) -> None:
    for _ in range(2):
        with pytest.raises(KeyError, match="ids"):
            await alpha_database.read(GIVEN, {})


def three(ids: list[uuid.UUID]) -> list[Wanted]:
    """Three statements, the last of which fails when there are no ids."""
    return [(GIVEN, {"ids": ids}), (TOLD, {}), (FAILS, {"ids": ids})]


async def test_what_is_read_together_again_is_one_statement_with_the_same_rows(
    alpha_database: Database,
) -> None:
    ids = [uuid7(), uuid7()]
    found: list[list[list[Any]]] = []
    for _ in range(3):
        with statements(alpha_database) as sent:
            read = await alpha_database.read_together(three(ids))
        found.append([[*map(tuple, rows)] for rows in read if not isinstance(rows, BaseException)])
    assert found[0] == found[1] == found[2]
    assert found[0][1] == [({"of": [1, None]}, "$1", ["a", None])]
    assert len(sent) == 1


async def test_a_failing_statement_fails_alone_among_those_read_together(alpha_database: Database) -> None:
    for _ in range(4):
        await alpha_database.read_together(three([uuid7()]))
    given, told, failed = await alpha_database.read_together(three([]))
    assert isinstance(failed, DBAPIError)
    assert not isinstance(told, BaseException)
    assert (given, len(told)) == ([], 1)
