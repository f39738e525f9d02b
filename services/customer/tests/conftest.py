"""A real database for each test of this service, and its graph."""

import pytest

import customer
from chassis import testing
from chassis.database import Database
from chassis.edges.testing import Edge
from customer.__main__ import make
from customer.model import Model

database = testing.database_fixture("customer", customer, Model.metadata)


@pytest.fixture
def graph(database: Database) -> testing.Graph:
    """The service's part of the graph."""
    return testing.Graph(make(), testing.runtime(database))


@pytest.fixture
def edge(database: Database) -> Edge:
    """The service's HTTP edges."""
    return Edge(make(), testing.runtime(database))
