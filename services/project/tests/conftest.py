"""A real database for each test of this service, and its graph."""

import pytest

import project
from chassis import testing
from chassis.database import Database
from project.__main__ import make
from project.model import Model

database = testing.database_fixture("project", project, Model.metadata)


@pytest.fixture
def graph(database: Database) -> testing.Graph:
    """The service's part of the graph."""
    return testing.Graph(make(), testing.runtime(database))
