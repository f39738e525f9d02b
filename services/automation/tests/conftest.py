"""A real database for each test of this service, and its graph."""

import pytest

import automation
from automation.__main__ import make
from automation.model import Model
from chassis import testing
from chassis.database import Database

database = testing.database_fixture("automation", automation, Model.metadata)


@pytest.fixture
def graph(database: Database) -> testing.Graph:
    """The service's part of the graph."""
    return testing.Graph(make(), testing.runtime(database))
