"""A real database for each test of this service, and its graph."""

import pytest

import service_desk
from chassis import testing
from chassis.database import Database
from service_desk.__main__ import make
from service_desk.model import Model

database = testing.database_fixture("service_desk", service_desk, Model.metadata)


@pytest.fixture
def graph(database: Database) -> testing.Graph:
    """The service's part of the graph."""
    return testing.Graph(make(), testing.runtime(database))
