"""A real database for each test of this service, and its graph."""

import pytest

import marketing
from chassis import testing
from chassis.database import Database
from marketing.__main__ import make
from marketing.model import Model

database = testing.database_fixture("marketing", marketing, Model.metadata)


@pytest.fixture
def graph(database: Database) -> testing.Graph:
    """The service's part of the graph."""
    return testing.Graph(make(), testing.runtime(database))
