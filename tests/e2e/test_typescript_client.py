"""The TypeScript example does what it shows, against the whole suite."""

import asyncio
import os
from pathlib import Path

from deploy.local.suite import ADMINISTRATOR, Suite
from gateway.supergraph.node import node_command

CLIENT = Path(__file__).parents[2] / "clients/typescript"


async def test_the_example_signs_in_writes_once_and_reads(suite: Suite) -> None:
    node, *_ = node_command("plan.mjs")
    account = {
        "ROUNDEL_URL": suite.graph,
        "ROUNDEL_EMAIL": ADMINISTRATOR,
        "ROUNDEL_PASSWORD": suite.administrator_password,
    }
    example = await asyncio.create_subprocess_exec(
        node,
        str(CLIENT / "src/main.ts"),
        env={**os.environ, **account},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, failed = (part.decode() for part in await example.communicate())
    assert example.returncode == 0, failed
    lines = told.splitlines()
    assert "registered once: true" in lines
    assert "tagged: example" in lines
    assert any(line.startswith("not overwritten: ") and "is at version 2, not 1" in line for line in lines)
    assert any(line.startswith("customer: ") for line in lines), told
    assert lines[-1].startswith("360 of Example "), told
