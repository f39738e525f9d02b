"""A real database for each test of this service, its graph, and the events it hears."""

import pytest

import finance
from chassis import testing
from chassis.database import Database
from finance.__main__ import make
from finance.model import Model
from finance.settings import Settings

database = testing.database_fixture("finance", finance, Model.metadata)


@pytest.fixture
def graph(database: Database) -> testing.Graph:
    """The service's part of the graph."""
    settings = Settings(**testing.settings().model_dump())
    return testing.Graph(make(), testing.runtime(database, given=settings))
