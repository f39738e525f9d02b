"""How fast a file of companies comes in, beside a bare COPY of the same rows: `make bench`."""

import asyncio
import csv
import io
import random
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import text

import customer
from chassis import memory, migrations
from chassis.access import acting_as
from chassis.database import Database
from chassis.importing import jobs, mapping
from chassis.importing.files import receive
from chassis.importing.models import ImportJob
from chassis.importing.worker import ImportWorker
from chassis.secrets.columns import opened
from chassis.testing import MASTER_KEYS, employee
from customer.companies.importable import IMPORTABLE_CUSTOMERS
from customer.model import Model
from deploy.local import postgres as postgres_server
from deploy.local.ports import free_port
from deploy.local.supervisor import Supervisor

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
WANTED = 2_500  # rows/s
MOST_TIMES = 15  # the time of COPY
MOST_GROWTH = 64  # MB, from the first tenth of the rows to the last
HEADERS = (
    *("公司名称", "行业", "地区", "规模", "来源", "标签"),
    *("外部编号", "法定代表人", "成立年份", "员工人数", "年营收", "总部"),
)
PLACES = ("上海", "北京", "深圳", "成都", "武汉", "西安", "宁波", "青岛", "苏州", "重庆")
WORDS = ("华星", "恒通", "金泰", "远大", "瑞丰", "天成", "博远", "中科", "启明", "东方", "宏图", "嘉禾")
TRADES = ("科技", "贸易", "电子", "机械", "食品", "物流", "化工", "医疗器械", "新能源", "软件")


def rows() -> Iterator[list[str]]:
    """Rows as people have them: full width, spaces, separators, known companies a second time."""
    dice = random.Random(7)
    for number in range(ROWS):
        place, word, trade = (dice.choice(words) for words in (PLACES, WORDS, TRADES))
        yield [
            f"　{place}{word}{trade}{number if number % 50 else number - 1}股份有限公司 ",
            "制造业-汽车零配件",
            f" {place}",
            "５０-200",
            "展会",
            "重点、新客户",
            f"C{number}",
            "张 三",
            str(1980 + number % 40),
            f"{number % 900 + 10}",
            f"{(number % 1000 + 1) * 1000:,}.50",
            f"{place}市高新区{number}号",
        ]


async def file() -> AsyncIterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADERS)
    for number, row in enumerate(rows()):
        writer.writerow(row)
        if number % 1000 == 999:
            yield text.getvalue().encode("gb18030")
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode("gb18030")


async def bring_in(database: Database) -> tuple[float, float]:
    """Return the seconds and how many MB the process grew after the first tenth."""
    with acting_as(employee("*:*")):
        began = time.perf_counter()
        kept = await receive(database, file(), name="bench.csv")
        columns = mapping.suggest(IMPORTABLE_CUSTOMERS, kept.headers)
        assert len(columns) == len(HEADERS), columns
        async with database.transaction() as session:
            job = await jobs.start(session, IMPORTABLE_CUSTOMERS, file_id=kept.id, columns=columns)
    sent = time.perf_counter()
    working = asyncio.create_task(ImportWorker(database, [IMPORTABLE_CUSTOMERS]).work())
    first = 0
    while not working.done():
        await asyncio.sleep(0.2)
        async with database.transaction() as session:
            done = sum((await session.get_one(ImportJob, job.id)).counts.values())
        if not first and done > ROWS / 10:
            first = _memory()
    await working
    seconds = time.perf_counter() - began
    async with database.transaction() as session:
        found = await session.get_one(ImportJob, job.id)
    tell(f"{found.counts}, sent in {sent - began:.1f} s")
    return seconds, (_memory() - first) / 1024


def tell(line: str) -> None:
    sys.stdout.write(f"   {line}\n")


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def copy(database: Database, url: str) -> float:
    """Return the seconds that COPY takes for the same rows into an equal, empty table."""
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE copied (LIKE customer INCLUDING ALL)"))
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    records: list[Any] = await connection.fetch("SELECT * FROM customer ORDER BY id")
    records = [tuple(record) for record in records]
    began = time.perf_counter()
    await connection.copy_records_to_table("copied", records=records)
    seconds = time.perf_counter() - began
    await connection.close()
    return seconds * ROWS / len(records)


async def measure(folder: Path) -> bool:
    supervisor = Supervisor(folder)
    program, postgres = postgres_server.embedded(folder / "postgres", free_port(), "superuser")
    await supervisor.start(program)
    url = await postgres.create_database("customer")
    await migrations.upgrade(url, customer)
    database = Database(url)
    await opened(database, MASTER_KEYS, Model.metadata)
    memory.settle()  # as a service does when it has started
    try:
        seconds, growth = await bring_in(database)
        bare = await copy(database, url)
    finally:
        await database.close()
        await supervisor.stop()
    tell(f"{ROWS} rows in {seconds:.1f} s: {ROWS / seconds:.0f}/s (wanted {WANTED})")
    tell(f"COPY {bare:.1f} s: {seconds / bare:.1f} times (at most {MOST_TIMES})")
    tell(f"memory grew by {growth:.0f} MB (at most {MOST_GROWTH})")
    return ROWS / seconds >= WANTED and seconds <= MOST_TIMES * bare and growth <= MOST_GROWTH


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        if not asyncio.run(measure(Path(folder))):
            sys.exit("Imports are slower than they must be")


if __name__ == "__main__":
    main()
