"""The drill: an installation is lost whole, and restored from its backup; all of it talks encrypted."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import eventually
from deploy.local.suite import ADMINISTRATOR, Suite
from tests.e2e.caller import Caller
from tests.e2e.journeys import Journey, furnish, travel
from tests.e2e.refusals import Books

QUERY = (Path(__file__).resolve().parents[2] / "docs/graphql/customer360.graphql").read_text()
TIMELINE = "query($id: ID!) { customer(id: $id) { timeline(first: 50) { nodes { title occurredAt } } } }"


@asynccontextmanager
async def administrator_of(suite: Suite) -> AsyncIterator[Caller]:
    async with Caller(suite.graph, tls=suite.tls) as anonymous:
        token = await anonymous.sign_in(ADMINISTRATOR, suite.administrator_password)
    async with Caller(suite.graph, token, tls=suite.tls) as caller:
        yield caller


async def roundel(suite: Suite, *words: str | Path) -> str:
    """Run the operator's command on this installation."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "roundel_cli", *map(str, words)),
        *("--installation", str(suite.var / "installation.json")),
        env={**os.environ, "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    return said


async def happenings(caller: Caller, customer: str) -> list[Any]:
    found: list[Any] = (await caller.get(TIMELINE, {"id": customer}))["customer"]["timeline"]["nodes"]
    return found


@pytest.mark.alone
@pytest.mark.feature("F110")
@pytest.mark.feature("F111")
async def test_a_lost_installation_is_restored_with_the_same_360_and_goes_on_working(tmp_path: Path) -> None:
    journey = Journey("Drill")
    async with (
        Suite(tmp_path / "first", durable=False, tls=True) as first,
        administrator_of(first) as administrator,
        Caller(first.graph, tls=first.tls) as anybody,
    ):
        await travel(administrator, anybody, await furnish(administrator, "drill"), journey)
        async with Books(first):  # waits until nothing is on its way
            before = await administrator.ask(QUERY, {"id": journey.customer})
        assert not before.errors
        assert "9 databases" in await roundel(first, "backup", tmp_path / "kept")
        await administrator.do("logInteraction", "{ __typename }", customerId=journey.customer, **call())

    second = Suite(_wiped(tmp_path / "first"), durable=False, tls=True)
    try:
        await second.start_servers()
        await roundel(second, "restore", tmp_path / "kept")
        await second.start_services()
        async with administrator_of(second) as administrator:
            async with Books(second) as books:
                assert (await administrator.ask(QUERY, {"id": journey.customer})).text == before.text
                known = await happenings(administrator, journey.customer)
                await administrator.do(
                    "logInteraction", "{ __typename }", customerId=journey.customer, **call()
                )

                async def told() -> bool:
                    return len(await happenings(administrator, journey.customer)) == len(known) + 1

                await eventually(told, timeout=30, pause=0.2)
                await books.settled()
            assert await told()  # and no event that was told again had its effect twice
    finally:
        await second.stop()


def call() -> dict[str, str]:
    return {"kind": "CALL", "subject": "回访 After the drill"}


def _wiped(var: Path) -> Path:
    """Lose databases and streams; what remains is the installation's secrets, which no backup holds."""
    assert shutil.copy(var / "secrets.json", var.parent / "secrets.json")
    shutil.rmtree((var / "postgres").resolve())
    shutil.rmtree(var)
    var.mkdir()
    shutil.move(var.parent / "secrets.json", var / "secrets.json")
    return var
