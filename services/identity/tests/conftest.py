"""A real database for each test of this service, its graph, and a clock that tests turn."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message

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


def settings(**given: Any) -> IdentitySettings:
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


M = TypeVar("M", bound=Message)


async def told(database: Database, kind: type[M]) -> list[M]:
    """Return the events of one kind, oldest first."""
    name = kind.DESCRIPTOR.full_name
    rows = await testing.outbox(database)
    return [json_format.ParseDict(row.data, kind()) for row in rows if row.type == name]


async def do(graph: testing.Graph, mutation: str, want: str, **input: object) -> Any:
    """Run a mutation as somebody who may do everything, and return its payload."""
    answer = await graph(_document(mutation, want), {"input": input})
    assert not answer.errors, answer.errors
    return answer.data[mutation]


async def refused(graph: testing.Graph, mutation: str, **input: object) -> dict[str, Any]:
    """Run a mutation that must be refused and return the error's extensions."""
    answer = await graph(_document(mutation, "__typename"), {"input": input})
    assert len(answer.errors) == 1, answer.data
    extensions: dict[str, Any] = answer.errors[0]["extensions"]
    return extensions


def _document(mutation: str, want: str) -> str:
    type_ = f"{mutation[0].upper()}{mutation[1:]}Input"
    return f"mutation($input: {type_}!) {{ {mutation}(input: $input) {{ {want} }} }}"
