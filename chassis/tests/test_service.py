"""A service as its operators meet it: commands, processes, signals."""

import asyncio
import importlib
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text

from chassis import migrations
from chassis.access import ANONYMOUS, Principal, acting_as
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.rpc.client import Peers
from chassis.testing import Graph, Issuer, employee, eventually, runtime, statements
from deploy.local.nats import Nats
from deploy.local.ports import free_ports
from roundel.finance.v1.finance_service_pb2 import CheckCreditRequest
from roundel.finance.v1.finance_service_pb2_grpc import FinanceServiceStub
from tests import programs

Environment = Mapping[str, str]


@pytest.fixture
def environment(stand_in: Path, alpha_url: str, nats: Nats, issuer: Issuer) -> Environment:
    http, grpc = free_ports(2)
    return {
        **os.environ,
        "PYTHONPATH": str(stand_in),
        "ROUNDEL_ENVIRONMENT": "local",
        "ROUNDEL_HTTP_PORT": str(http),
        "ROUNDEL_GRPC_PORT": str(grpc),
        "ROUNDEL_DATABASE_URL": alpha_url,
        "ROUNDEL_NATS_URL": nats.url("alpha"),
        "ROUNDEL_NATS_MONITOR_URL": nats.monitor_url,
        "ROUNDEL_ISSUER": issuer.url,
        "ROUNDEL_JWKS_URL": issuer.jwks_url,
    }


async def alpha(environment: Environment, *words: str) -> tuple[int, str]:
    status, out, errors = await programs.run("alpha", *words, environment=environment)
    return status, out.decode() + errors


@asynccontextmanager
async def running(environment: Environment, role: str) -> AsyncIterator[programs.Running]:
    program = await programs.start("alpha", role, environment=environment)
    try:
        await eventually(lambda: _get(environment, "/health/live"), timeout=30)
        yield program
    finally:
        await program.kill()


async def _get(environment: Environment, path: str) -> tuple[int, str] | None:
    url = f"http://127.0.0.1:{environment['ROUNDEL_HTTP_PORT']}{path}"
    try:
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            return answer.status, await answer.text()
    except aiohttp.ClientError:
        return None


async def _ready(environment: Environment) -> bool:
    answer = await _get(environment, "/health/ready")
    return answer is not None and answer[0] == 200


async def _ask(environment: Environment, query: str, token: str | None = None) -> dict[str, Any]:
    url = f"http://127.0.0.1:{environment['ROUNDEL_HTTP_PORT']}/graphql"
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, json={"query": query}, headers=headers) as answer,
    ):
        found: dict[str, Any] = await answer.json()
        return found


@pytest.fixture
async def migrated(stand_in: Path, alpha_url: str, environment: Environment) -> Environment:
    """The environment of a service whose migrations are written and whose database is at the newest."""
    make = importlib.import_module("alpha.service").make
    if not list((stand_in / "migrations/versions").glob("*.py")):
        service = make()
        await migrations.revision(alpha_url, service.package, service.metadata, "the beginning")
    await migrations.upgrade(alpha_url, importlib.import_module("alpha"))
    return environment


async def test_a_migration_is_written_from_the_models_and_only_when_they_need_one(
    stand_in: Path, environment: Environment
) -> None:
    for old in (stand_in / "migrations/versions").glob("*.py"):
        old.unlink()

    status, said = await alpha(environment, "check-migrations")
    assert status == 1
    assert "New upgrade operations detected" in said

    status, said = await alpha(environment, "revision", "the beginning")
    assert (status, said.strip()) == (0, str(stand_in / "migrations/versions/0001_the_beginning.py"))
    assert "outbox_event" in Path(said.strip()).read_text()

    assert await alpha(environment, "migrate") == (0, "")
    assert await alpha(environment, "check-migrations") == (0, "")
    assert await alpha(environment, "revision", "again") == (0, "The models need no migration\n")


async def test_two_replicas_migrate_at_once_and_both_succeed(migrated: Environment, alpha_url: str) -> None:
    package = importlib.import_module("alpha")
    await asyncio.gather(*(migrations.upgrade(alpha_url, package) for _ in range(4)))


async def test_a_database_that_is_not_migrated_is_not_ready(
    migrated: Environment, alpha_database: Database
) -> None:
    package = importlib.import_module("alpha")
    await migrations.check_current(alpha_database, package)
    async with alpha_database.transaction() as session:
        await session.execute(text("DROP TABLE alembic_version"))
    with pytest.raises(Unavailable, match="run `migrate`"):
        await migrations.check_current(alpha_database, package)


async def test_the_schema_and_the_help_need_no_database(stand_in: Path) -> None:
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(stand_in)}
    status, said = await alpha(bare, "schema")
    assert status == 0
    assert "noteCount: Int!" in said

    status, said = await alpha(bare, "all")
    assert status == 1
    assert said.strip() == (
        "alpha cannot start, its environment is incomplete: ROUNDEL_DATABASE_URL: Field required"
    )


async def test_a_service_migrates_serves_and_on_sigterm_finishes_what_was_begun(
    migrated: Environment, issuer: Issuer, alpha_database: Database
) -> None:
    peers = Peers({"alpha": f"127.0.0.1:{migrated['ROUNDEL_GRPC_PORT']}"})
    async with running(migrated, "all") as program:
        await eventually(lambda: _ready(migrated))
        assert (await _ask(migrated, "{ noteCount }"))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert (await _ask(migrated, "{ noteCount }", issuer.token("note:read")))["data"]["noteCount"] >= 0
        metrics = await _get(migrated, "/metrics")
        assert metrics is not None
        assert "python_info" in metrics[1]

        async def written_by_the_timer() -> bool:
            return bool(await alpha_database.read(text("SELECT 1 FROM note")))

        await eventually(written_by_the_timer)

        stub, request = FinanceServiceStub(peers.channel("alpha")), CheckCreditRequest()
        with acting_as(Principal("employee", token=issuer.token("note:read"))):
            last_call = asyncio.ensure_future(stub.CheckCredit(request))
        await asyncio.sleep(0.5)
        program.process.terminate()
        assert (await last_call).allowed
        assert await asyncio.wait_for(program.process.wait(), 10) == 0
    await peers.close()


async def test_an_api_without_a_worker_is_ready_without_nats_and_keeps_no_time(
    migrated: Environment, alpha_database: Database
) -> None:
    without = {**migrated, "ROUNDEL_NATS_URL": "nats://127.0.0.1:9"}
    async with running(without, "api") as program:
        await eventually(lambda: _ready(without))
        assert not await alpha_database.read(text("SELECT 1 FROM note"))
        program.process.terminate()
        assert await asyncio.wait_for(program.process.wait(), 10) == 0


async def test_a_worker_without_nats_says_why_it_is_not_ready(migrated: Environment) -> None:
    without = {**migrated, "ROUNDEL_NATS_URL": "nats://127.0.0.1:9"}
    async with running(without, "worker") as program:
        answer = await _get(without, "/health/ready")
        assert answer is not None
        assert (answer[0], json.loads(answer[1])["nats"]) == (503, "Unavailable: NATS is not connected")
        assert (await _get(without, "/graphql") or (0,))[0] == 404
        program.process.terminate()
        assert await asyncio.wait_for(program.process.wait(), 10) == 0


async def test_a_worker_refuses_a_nats_that_loses_what_it_acknowledged(migrated: Environment) -> None:
    async def varz(_: aiohttp.web.Request) -> aiohttp.web.Response:
        return aiohttp.web.json_response({"jetstream": {"config": {}}})

    app = aiohttp.web.Application()
    app.router.add_get("/varz", varz)
    runner = aiohttp.web.AppRunner(app)
    await runner.setup()
    (port,) = free_ports(1)
    await aiohttp.web.TCPSite(runner, "127.0.0.1", port).start()
    status, said = await alpha({**migrated, "ROUNDEL_NATS_MONITOR_URL": f"http://127.0.0.1:{port}"}, "worker")
    await runner.cleanup()
    assert status != 0
    assert "sync_interval: always" in said


async def test_the_graph_is_asked_in_process_and_its_statements_counted(
    migrated: Environment, alpha_database: Database
) -> None:
    graph = Graph(importlib.import_module("alpha.service").make(), runtime(alpha_database))
    assert (await graph('mutation { writeNote(text: "hello") }')).data == {"writeNote": 5}
    with statements(alpha_database) as ran:
        assert (await graph("{ noteCount }", by=employee("note:read"))).data == {"noteCount": 1}
    assert len(ran) == 1
    assert (await graph("{ noteCount }", by=employee("lead:read"))).codes == ["FORBIDDEN"]
    assert (await graph("{ noteCount }", by=ANONYMOUS)).codes == ["UNAUTHENTICATED"]
