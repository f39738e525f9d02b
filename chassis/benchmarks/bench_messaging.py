"""How many events a second reach a stream that syncs each to disk: `make bench`."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import orjson
from nats.aio.client import Client
from pydantic import SecretStr
from sqlalchemy import insert

from chassis.database import Database, now, uuid7
from chassis.messaging.connection import connect
from chassis.messaging.models import Model, OutboxEvent
from chassis.messaging.relay import BATCH, Relay
from chassis.messaging.streams import check_durability, ensure_stream
from deploy.local import nats as nats_server
from deploy.local import postgres as postgres_server
from deploy.local.ports import free_port, free_ports
from deploy.local.supervisor import Supervisor

SERVICE = "sales"
TYPE = "roundel.sales.v1.Happened"
DATA = {"text": "x" * 470, "number": 1}  # about 500 bytes, as an event of ours has
BODY = orjson.dumps(DATA)
WANTED = 4_000


async def one_by_one(nats: Client, count: int) -> None:
    for _ in range(count):
        await nats.jetstream().publish(TYPE, BODY)


async def in_windows(nats: Client, count: int) -> None:
    for _ in range(0, count, BATCH):
        await asyncio.gather(*(nats.jetstream().publish(TYPE, BODY) for _ in range(BATCH)))


async def rate(count: int, work: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await work()
    return count / (time.perf_counter() - began)


async def fill(database: Database, count: int) -> None:
    row = {"type": TYPE, "subject": str(uuid7()), "data": DATA, "headers": {}, "created_at": now()}
    async with database.transaction() as session:
        await session.execute(insert(OutboxEvent), [{**row, "id": uuid7()} for _ in range(count)])


async def drain(relay: Relay) -> None:
    while await relay.publish_waiting():
        pass


async def measure(folder: Path) -> dict[str, float]:
    """Return events/s by way of publishing; `batch` is the whole relay, from waiting row to marked row."""
    supervisor = Supervisor(folder)
    postgres_program, postgres = postgres_server.embedded(folder / "postgres", free_port(), "superuser")
    port, monitor_port = free_ports(2)
    nats_program, server = nats_server.embedded(folder / "nats", port, monitor_port, {SERVICE: "local"})
    await supervisor.start(postgres_program, nats_program)
    database = Database(await postgres.create_database(SERVICE))
    nats = await connect(SecretStr(server.url(SERVICE)))
    try:
        await check_durability(server.monitor_url)
        async with database.engine.begin() as connection:
            await connection.run_sync(Model.metadata.create_all)
        await ensure_stream(nats.jetstream(), SERVICE)
        await fill(database, 20_000)
        relay = Relay(database, nats, SERVICE)
        return {
            "single": await rate(1_000, lambda: one_by_one(nats, 1_000)),
            "window": await rate(5_000, lambda: in_windows(nats, 5_000)),
            "batch": await rate(20_000, lambda: drain(relay)),
        }
    finally:
        await nats.close()
        await database.close()
        await supervisor.stop()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="roundel-bench-") as folder:
        found = asyncio.run(measure(Path(folder)))
    for way, per_second in found.items():
        sys.stdout.write(f"{way:8}{per_second:10,.0f} events/s\n")
    if found["batch"] < WANTED:
        sys.exit(f"The relay publishes {found['batch']:,.0f} events/s; {WANTED:,} are wanted")


if __name__ == "__main__":
    main()
