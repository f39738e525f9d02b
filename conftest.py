"""The servers of a test run: one PostgreSQL and one NATS, ours, whatever else runs on the machine."""

import gc
from collections.abc import AsyncIterator

import pytest
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

# Imported first, or else pytest takes the folders chassis/ and gateway/ for the packages of these names.
import chassis  # noqa: F401
import gateway  # noqa: F401
from chassis import memory, testing
from deploy.local import nats as nats_server
from deploy.local import postgres as postgres_server
from deploy.local.nats import Nats
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.suite import SERVICES
from deploy.local.supervisor import Supervisor
from tests import programs

pytest_plugins = ["tests.features"]

WITH_OWN_SUITE = ("tests/e2e/test_crashes.py", "tests/e2e/test_restore.py")
STAND_INS = ("alpha", "beta", "gamma")  # services of tests that are about services as such


class ByCost(LoadScopeScheduling):  # type: ignore[misc]  # the library has no types
    """Keeps on one process what shares the costly: the tests of a file, and all journeys' one suite."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "journeys" if file.startswith("tests/e2e/") and file not in WITH_OWN_SUITE else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByCost:
    """Share the tests out, where there are several processes."""
    return ByCost(config, log)


def pytest_collection() -> None:
    """Look for no garbage: nothing that is imported is."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage from now on, but not in what the tests are made of."""
    gc.enable()
    memory.settle()


@pytest.fixture(scope="session", autouse=True)
async def forking() -> AsyncIterator[None]:
    """Ends what the tests' programs were forked from."""
    yield
    await programs.stop()


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """A PostgreSQL server: `await postgres.create_database(name)` answers the URL of a new database."""
    folder = tmp_path_factory.mktemp("postgres")
    program, server = postgres_server.embedded(folder / "server", free_port(), "superuser", durable=False)
    supervisor = Supervisor(folder)
    await supervisor.start(program)
    yield server
    for database in testing.OPEN.values():
        await database.close()
    await supervisor.stop()


@pytest.fixture(scope="session")
async def nats(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Nats]:
    """A NATS server: `nats.url(service)` logs in as that service."""
    folder = tmp_path_factory.mktemp("nats")
    logins = dict.fromkeys((*SERVICES, *STAND_INS, nats_server.GATEWAY), "local")
    program, server = nats_server.embedded(folder, free_port(), free_port(), logins)
    supervisor = Supervisor(folder)
    await supervisor.start(program)
    yield server
    await supervisor.stop()
