"""The drill: an installation is lost whole, and restored from its backup; all of it talks encrypted."""

import asyncio
import os
import resource
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from chassis.testing import eventually
from deploy.local.suite import ADMINISTRATOR, Suite
from tests.e2e.caller import Caller
from tests.e2e.journeys import Journey, furnish, travel
from tests.e2e.refusals import Books

QUERY = (Path(__file__).resolve().parents[2] / "docs/graphql/customer360.graphql").read_text()
PAPERS = 'query($id: ID!) { customer(id: $id) { customFields(keys: ["papers"]) { value } } }'
PDF = b"%PDF-1.7 " + "报价单".encode() * 100_000
PROMISED = 40  # seconds of one core, of the 120 that two have in a minute; the rest is for the start
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


def processor_seconds() -> float:
    """What the commands that ended have used, which does not depend on what else this machine does."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def attach(suite: Suite, administrator: Caller, customer: str) -> None:
    """Tie a file to the customer, in a field of the company's own."""
    field = {"key": "papers", "type": "attachment", "labelZh": "资料", "labelEn": "Papers"}
    define = "mutation($input: DefineFieldInput!) { defineCustomerField(input: $input) { __typename } }"
    await administrator.get(define, {"input": field})
    headers = {**bearer(administrator), "content-type": "application/pdf"}
    address = f"{suite.graph.removesuffix('/graphql')}/files/customer?name=offer.pdf"
    async with (
        aiohttp.ClientSession() as http,
        http.post(address, data=PDF, headers=headers, ssl=suite.tls or True) as answer,
    ):
        file = (await answer.json())["id"]
    fill = "mutation($input: SetCustomFieldsInput!) { setCustomerCustomFields(input: $input) { __typename } }"
    custom = [{"key": "papers", "value": [file]}]
    await administrator.get(fill, {"input": {"id": customer, "custom": custom}})


async def attached(suite: Suite, administrator: Caller, customer: str) -> bytes:
    """Read that file as a browser would: by a link."""
    found = await administrator.get(PAPERS, {"id": customer})
    [file] = found["customer"]["customFields"][0]["value"]
    gateway = suite.graph.removesuffix("/graphql")
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=suite.tls or True)) as http:
        async with http.post(f"{gateway}/files/customer/{file}/link", headers=bearer(administrator)) as made:
            path = (await made.json())["path"].removeprefix("/files")
        async with http.get(f"{gateway}/files/customer{path}") as answer:
            return await answer.read()


def bearer(caller: Caller) -> dict[str, str]:
    return {"authorization": f"Bearer {caller.token}"}


async def happenings(caller: Caller, customer: str) -> list[Any]:
    found: list[Any] = (await caller.get(TIMELINE, {"id": customer}))["customer"]["timeline"]["nodes"]
    return found


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
        await attach(first, administrator, journey.customer)
        async with Books(first):  # waits until nothing is on its way
            before = await administrator.ask(QUERY, {"id": journey.customer})
        assert not before.errors
        started = processor_seconds()
        assert "9 databases, 1 files" in await roundel(first, "backup", tmp_path / "kept")
        spent = processor_seconds() - started
        await administrator.do("logInteraction", "{ __typename }", customerId=journey.customer, **call())

    second = Suite(_wiped(tmp_path / "first"), durable=False, tls=True)
    try:
        await second.start_servers()
        started = processor_seconds()
        await roundel(second, "restore", tmp_path / "kept")
        assert spent + processor_seconds() - started < PROMISED
        await second.start_services()
        async with administrator_of(second) as administrator:
            async with Books(second) as books:
                assert (await administrator.ask(QUERY, {"id": journey.customer})).text == before.text
                assert await attached(second, administrator, journey.customer) == PDF
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
