"""`up` and `down` from start to end, with stand-ins for the services and real PostgreSQL and NATS."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from deploy.local.suite import ROOT, SERVICES, Suite

_SERVE = "import asyncio; from deploy.local.tests import stand_in; asyncio.run(stand_in.serve())"
_LOAD = "from deploy.local.tests import stand_in; stand_in.load()"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of deploy/ among stand-ins, in a folder with a space in its name."""
    folder = tmp_path / "a house"
    shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("__pycache__"))
    for name in (*SERVICES, "gateway"):
        (folder / f"{name}.py").write_text(_SERVE)
    for name in ("demo", "roundel_cli"):
        (folder / f"{name}.py").write_text(_LOAD)
    (folder / "docs/graphql").mkdir(parents=True)
    (folder / "docs/graphql/customer360.graphql").write_text("query($id: ID!) { customer(id: $id) { id } }")
    return folder


@pytest.fixture
def up(house: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `up` in the house; whatever a test leaves running is ended."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "deploy.local", "up", *words]
        log = (house / "up.log").open("a")
        started.append(subprocess.Popen(command, cwd=house, stdout=log, stderr=log, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def _down(house: Path) -> str:
    command = [sys.executable, "-m", "deploy.local", "down"]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=True).stdout


async def _ready(house: Path, process: subprocess.Popen[str]) -> dict[str, Any]:
    for _ in range(600):
        if (house / "var/ready.json").exists():
            ready: dict[str, Any] = json.loads((house / "var/ready.json").read_text())
            return ready
        assert process.poll() is None, (house / "up.log").read_text()
        await asyncio.sleep(0.1)
    raise AssertionError((house / "up.log").read_text())


async def _get(url: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        answer: dict[str, Any] = await response.json()
        return answer


async def _eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(100):
        if await condition():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("It did not become true within 10 s.")


def _processes_of(house: Path) -> list[str]:
    """The command lines of everything that runs in the house or on its files."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_text().replace("\0", " ")
            where = (entry / "cwd").readlink()
        except OSError:
            continue
        if where.is_relative_to(house) or str(house) in command:
            found.append(command)
    return found


async def test_up_serves_loads_once_and_down_ends_everything(
    house: Path, up: Callable[..., subprocess.Popen[str]]
) -> None:
    process = up()
    ready = await _ready(house, process)
    assert ready["customerId"] == "busy"
    assert ready["token"] == "a.b.c"
    assert (house / "var/secrets.json").stat().st_mode & 0o777 == 0o600
    second = up()
    assert second.wait(10) == 1
    assert "runs already" in (house / "up.log").read_text()
    assert (house / "var/ready.json").exists()

    assert "stopped" in _down(house)
    assert process.wait(5) == 0
    assert not (house / "var/ready.json").exists()
    assert _processes_of(house) == []
    assert "No suite runs" in _down(house)

    again = up("--data", "crm")
    await _ready(house, again)
    calls = [json.loads(line) for line in (house / "var/calls.jsonl").read_text().splitlines()]
    assert [call[0] for call in calls] == ["load", "import"]
    assert calls[1][1] == str(house / "crm")
    _down(house)


async def test_up_works_again_after_kill_9_and_ends_by_ctrl_c(
    house: Path, up: Callable[..., subprocess.Popen[str]]
) -> None:
    process = up()
    await _ready(house, process)
    process.kill()
    process.wait()

    async def nothing_runs() -> bool:
        return _processes_of(house) == []

    await _eventually(nothing_runs)
    (house / "var/ready.json").unlink()
    assert (house / "var/postgres/data/postmaster.pid").exists()
    again = up()
    await _ready(house, again)
    again.send_signal(signal.SIGINT)
    assert again.wait(20) == 0
    assert _processes_of(house) == []


async def test_each_service_is_told_its_own_and_where_its_peers_are(
    house: Path,
) -> None:
    inherited = os.pathsep.join([str(house), str(ROOT)])
    async with Suite(house / "var", durable=False, environment={"PYTHONPATH": inherited}) as suite:
        sales = await _get(f"{suite.service_url('sales')}/environment")
        gateway = await _get(suite.graph.replace("graphql", "environment"))
        assert sales["argv"] == ["all"]
        assert sales["ROUNDEL_DATABASE_URL"] == suite.database_url("sales")
        assert sales["ROUNDEL_NATS_URL"] == suite.nats.url("sales")
        assert sales["ROUNDEL_ISSUER"] == suite.service_url("identity")
        assert "ROUNDEL_ADMIN_PASSWORD" not in sales
        assert set(json.loads(sales["ROUNDEL_PEERS"])) == set(SERVICES)
        subgraphs = {name: f"{url}/graphql" for name, url in suite.service_urls().items()}
        assert json.loads(gateway["ROUNDEL_SUBGRAPHS"]) == subgraphs

        first = suite.pid("finance")
        suite.kill("finance")
        await suite.ready("finance")
        assert suite.pid("finance") != first
        suite.kill("postgres")
        suite.kill("nats")
        await suite.ready("postgres")
        await suite.ready("nats")
    assert _processes_of(house) == []
