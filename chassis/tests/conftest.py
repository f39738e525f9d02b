"""Fixtures of the chassis' tests."""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chassis.access import models as rights
from chassis.database import Database
from chassis.testing import Issuer
from chassis.tests import timer_worker
from chassis.timers import models as timers
from deploy.local.postgres import Postgres

STAND_IN = Path(__file__).parent / "stand_in"


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a copy of the service alpha, importable, so that migrations can be written beside it."""
    folder = tmp_path_factory.mktemp("stand_in") / "alpha"
    shutil.copytree(STAND_IN, folder)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="session")
async def issuer() -> AsyncIterator[Issuer]:
    """An issuer of tokens."""
    async with Issuer() as issuer:
        yield issuer


@pytest.fixture
async def alpha_url(postgres: Postgres, request: pytest.FixtureRequest) -> str:
    """The URL of a database of the test's own, empty."""
    return await postgres.create_database(f"alpha_{abs(hash(request.node.name)) % 10**8}_{os.getpid()}")


@pytest.fixture
async def alpha_database(alpha_url: str) -> AsyncIterator[Database]:
    """That database, open."""
    database = Database(alpha_url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
async def timers_url(postgres: Postgres) -> str:
    """The URL of the database that the tests of timers share."""
    return await postgres.create_database(f"test_timers_{os.getpid()}")


@pytest.fixture(scope="session")
async def timer_tables(timers_url: str) -> AsyncIterator[Database]:
    """That database, open, with its tables."""
    database = Database(timers_url)
    async with database.engine.begin() as connection:
        for metadata in (timers.Model.metadata, timer_worker.Model.metadata, rights.Model.metadata):
            await connection.run_sync(metadata.create_all)
    yield database
    await database.close()
