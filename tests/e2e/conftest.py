"""One whole suite of our own for the journeys: nine services, gateway, PostgreSQL, NATS."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.suite import ADMINISTRATOR, Suite
from tests.e2e.caller import Caller

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="package")
async def suite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Suite]:
    """A running suite without data."""
    folder = tmp_path_factory.mktemp("suite")
    environment = {"ROUNDEL_TRACE_FILE": str(folder / "spans.jsonl"), "ROUNDEL_TRACE_SAMPLING": "0"}
    async with Suite(folder, durable=False, environment=environment) as running:
        yield running


@pytest.fixture(scope="package")
async def administrator(suite: Suite) -> AsyncIterator[Caller]:
    """The first administrator, signed in."""
    async with Caller(suite.graph) as anonymous:
        token = await anonymous.sign_in(ADMINISTRATOR, suite.administrator_password)
    async with Caller(suite.graph, token) as caller:
        yield caller


@pytest.fixture(scope="package")
async def anybody(suite: Suite) -> AsyncIterator[Caller]:
    """Somebody without a token."""
    async with Caller(suite.graph) as caller:
        yield caller


@pytest.fixture(scope="session")
def maven() -> Path:
    """The real CRM data."""
    folder = DATA / "maven_crm"
    if not folder.exists():
        pytest.skip("the real data is missing: ../shared/data/maven_crm")
    return folder
