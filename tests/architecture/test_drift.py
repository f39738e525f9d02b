"""What is generated or derived and committed all the same is up to date."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.suite import SERVICES

ROOT = Path(__file__).parents[2]


def _run(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_the_committed_sdl_is_the_one_that_the_service_serves(service: str) -> None:
    committed = (ROOT / "services" / service / "schema.graphql").read_text()
    assert committed == _run(service, "schema"), "Run `make supergraph` and commit what it writes."


def test_the_committed_supergraph_is_composed_of_the_committed_sdl() -> None:
    _run("gateway", "compose", "--check")


def test_the_committed_plans_are_those_of_the_trusted_documents() -> None:
    _run("gateway", "trust", "--documents", "docs/graphql", "--check")
