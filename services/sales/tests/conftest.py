"""A real database for each test of this service, its graph, and stand-ins for those it asks."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Table, insert, select

import sales
from chassis import testing
from chassis.database import Database
from chassis.rpc.server import RpcServer
from roundel.common.v1 import record_service_pb2_grpc as records_grpc
from roundel.customer.v1 import customer_actions_pb2_grpc as customer_grpc
from roundel.finance.v1 import finance_service_pb2_grpc as finance_grpc
from sales.__main__ import make
from sales.model import Model
from sales.pipelines.models import PipelineStage
from services.sales.tests.stand_ins import Customers, Finance, Others, Records

empty_database = testing.database_fixture("sales", sales, Model.metadata)
_STAGES: Table = PipelineStage.__table__  # type: ignore[assignment]
_migrated: list[dict[str, Any]] = []


@pytest.fixture
async def database(empty_database: Database) -> Database:
    """The database as the migrations leave it: with the stages, which the test before it emptied."""
    async with empty_database.transaction() as session:
        found = (await session.execute(select(_STAGES))).mappings().all()
        if found:
            _migrated[:] = [dict(row) for row in found]
        else:
            await session.execute(insert(_STAGES), _migrated)
    return empty_database


@pytest.fixture
async def others() -> AsyncIterator[Others]:
    """Finance and customer over real sockets, with real tokens."""
    async with testing.Issuer() as issuer:
        server = RpcServer(testing.settings(), issuer.verifier())
        finance, customers, records = Finance(), Customers(), Records()
        server.add(finance_grpc.add_FinanceServiceServicer_to_server, finance)
        server.add(customer_grpc.add_CustomerActionsServicer_to_server, customers)
        server.add(records_grpc.add_RecordServiceServicer_to_server, records)
        await server.start()
        address = f"127.0.0.1:{server.port}"
        peers = {"finance": address, "customer": address}
        yield Others(finance, customers, records, server, issuer.token("*:*"), peers)
        await server.stop(0)


@pytest.fixture
async def graph(database: Database, others: Others) -> AsyncIterator[testing.Graph]:
    """The service's part of the graph."""
    runtime = testing.runtime(database, peers=others.peers)
    yield testing.Graph(make(), runtime)
    await runtime.peers.close()
