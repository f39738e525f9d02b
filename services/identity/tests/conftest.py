"""A real database for each test of this service, its graph, and a clock that tests turn."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

import identity
from chassis import testing
from chassis.database import Database, now
from chassis.service import Runtime
from identity.__main__ import make
from identity.model import Model
from identity.settings import IdentitySettings
from identity.start import prepare

database = testing.database_fixture("identity", identity, Model.metadata)

ADMINISTRATOR = "ada@example.org"
PASSWORD = "correct horse battery"


@dataclass
class Clock:
    """The present instant, which a test may move."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return now() + self.ahead


@pytest.fixture
def clock() -> Clock:
    """The clock of the service under test."""
    return Clock()


def settings(**given: str) -> IdentitySettings:
    """Return settings that name an administrator and a secret."""
    usual = {"admin_email": ADMINISTRATOR, "admin_password": PASSWORD, "key_encryption_secret": "s" * 32}
    return IdentitySettings.model_validate(testing.settings().model_dump() | usual | given)


@pytest.fixture
async def runtime(database: Database, clock: Clock) -> Runtime:
    """A service that has started: it has a key, and an administrator."""
    plain = testing.runtime(database, given=settings())
    started = Runtime(plain.settings, database, plain.verifier, plain.peers, clock)
    await prepare(started)
    return started


@pytest.fixture
def graph(runtime: Runtime) -> testing.Graph:
    """The service's part of the graph."""
    return testing.Graph(make(), runtime)
