"""PostgreSQL and NATS under our launcher: who may do what, and what a crash leaves behind."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import nats as nats_client
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig

from deploy.local import postgres as postgres_server
from deploy.local.certificates import Authority
from deploy.local.nats import Nats
from deploy.local.ports import free_port, free_ports, is_free
from deploy.local.postgres import Postgres
from deploy.local.supervisor import Supervisor


def _plain(url: str) -> str:
    return url.replace("postgresql+asyncpg", "postgresql")


async def test_a_role_opens_its_own_database_and_no_other(postgres: Postgres) -> None:
    mine = _plain(await postgres.create_database("mine", "pw"))
    await postgres.create_database("yours", "pw")
    connection = await asyncpg.connect(mine)
    await connection.execute("CREATE TABLE t (name text); CREATE INDEX ON t USING gin (name gin_trgm_ops)")
    assert await connection.fetchval("SELECT datcollate FROM pg_database WHERE datname = 'mine'") == "C.UTF-8"
    await connection.close()
    for other in ("yours", "postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(mine, database=other)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(mine, password="wrong")


async def test_making_a_database_again_keeps_it_and_takes_the_new_password(postgres: Postgres) -> None:
    connection = await asyncpg.connect(_plain(await postgres.create_database("again", "it's one")))
    await connection.execute("CREATE TABLE kept ()")
    await connection.close()
    connection = await asyncpg.connect(_plain(await postgres.create_database("again", "it's two")))
    assert await connection.fetch("SELECT * FROM kept") == []
    await connection.close()


async def test_a_killed_database_restarts_with_all_it_acknowledged(tmp_path: Path) -> None:
    program, server = postgres_server.embedded(tmp_path / "postgres", free_port(), "superuser")
    supervisor = Supervisor(tmp_path)
    await supervisor.start(program)
    try:
        connection = await asyncpg.connect(server.url)
        await connection.execute("CREATE TABLE t AS SELECT 1 AS n")
        supervisor.kill("postgres")
        await supervisor.ready("postgres")
        again = await asyncpg.connect(server.url)
        assert await again.fetchval("SELECT n FROM t") == 1
        await again.close()
    finally:
        await supervisor.stop()


async def test_what_a_killed_database_left_running_is_ended_before_the_next_start(tmp_path: Path) -> None:
    ports = free_ports(2)
    first, server = postgres_server.embedded(tmp_path / "postgres", ports[0], "superuser")
    abandoned = Supervisor(tmp_path / "first")
    await abandoned.start(first)
    second, server = postgres_server.embedded(tmp_path / "postgres", ports[1], "superuser")
    supervisor = Supervisor(tmp_path / "second")
    os.kill(abandoned.pid("postgres"), signal.SIGSTOP)
    keeper = asyncio.create_task(abandoned.stop())
    try:
        await supervisor.start(second)
        assert await server.is_ready()
    finally:
        await keeper
        await supervisor.stop()


async def test_taken_ports_are_not_offered() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert not is_free(taken.getsockname()[1])
    ports = free_ports(50)
    assert len(set(ports)) == 50
    assert not {4222, 5432} & set(ports)


async def test_two_processes_are_never_told_of_the_same_port() -> None:
    asking = "from deploy.local.ports import free_ports; print(*free_ports(5_000))"
    ours = {free_ports(1)[0] for _ in range(200)}
    asked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", asking), stdout=asyncio.subprocess.PIPE
    )
    theirs = {int(port) for port in (await asked.communicate())[0].split()}
    assert len(theirs) == 5_000
    assert not ours & theirs


@pytest.fixture
async def errors() -> list[str]:
    return []


@pytest.fixture
async def sales(nats: Nats, errors: list[str]) -> AsyncIterator[Client]:
    async def note(error: Exception) -> None:
        errors.append(str(error))

    client = await nats_client.connect(nats.url("sales"), error_cb=note)
    yield client
    await client.close()


async def test_a_service_publishes_its_own_events_only(sales: Client, nats: Nats, errors: list[str]) -> None:
    stream = await sales.jetstream().add_stream(name="sales", subjects=["roundel.sales.v1.>"])
    assert stream.config.name == "sales"
    assert (await sales.jetstream().publish("roundel.sales.v1.ContractSigned", b"{}")).seq >= 1
    with pytest.raises(NatsError):
        await sales.jetstream().publish("roundel.finance.v1.InvoiceIssued", b"{}", timeout=0.5)
    with pytest.raises(NatsError):
        await sales.jetstream(timeout=0.5).add_stream(name="finance", subjects=["roundel.finance.v1.>"])
    assert sum("permissions violation" in error.lower() for error in errors) == 2


async def test_a_service_reads_others_through_its_own_consumer(sales: Client, nats: Nats) -> None:
    await sales.jetstream().add_stream(name="sales", subjects=["roundel.sales.v1.>"])
    await sales.jetstream().publish("roundel.sales.v1.ContractSigned", b"{}")
    client = await nats_client.connect(nats.url("finance"))
    config = ConsumerConfig(durable_name="finance", filter_subjects=["roundel.sales.v1.>"])
    await client.jetstream().add_consumer("sales", config)
    reader = await client.jetstream().pull_subscribe_bind("finance", "sales")
    (message, *_) = await reader.fetch(1, timeout=2)
    await message.ack_sync(timeout=2)
    assert (await reader.consumer_info()).num_ack_pending == 0
    await client.close()


async def test_an_unknown_login_is_refused(nats: Nats) -> None:
    with pytest.raises(NatsError):
        await nats_client.connect(
            nats.url("sales").replace(":local@", ":guess@"), allow_reconnect=False, connect_timeout=2
        )


def test_certificates_are_their_owners_and_the_authority_stays_the_same(tmp_path: Path) -> None:
    first, again = Authority(tmp_path / "tls"), Authority(tmp_path / "tls")
    one, other = first.issue("sales"), again.issue("sales")
    assert first.certificate.read_bytes() == again.certificate.read_bytes()
    for key in (one.key, other.key, tmp_path / "tls/ca.key"):
        assert key.stat().st_mode & 0o777 == 0o600
