"""Identity keeps to the rights that it tells of, also for its own part of the graph."""

import pytest

from chassis.database import Database
from chassis.testing import Graph
from identity.consumers import HANDLERS
from tests.access.people import Company, grant


@pytest.mark.feature("F108")
async def test_somebody_with_a_narrow_role_reads_their_colleagues(graph: Graph, database: Database) -> None:
    company = Company(database, "identity", HANDLERS)
    await company.role("clerk", grant("employee", "read"), grant("api_key", "read", ["own"]))
    clerk = await company.person("clerk")

    answer = await graph("{ employees { nodes { name } } apiKeys { totalCount } }", by=clerk)

    assert not answer.errors
    assert answer.data["apiKeys"] == {"totalCount": 0}
    assert (await graph("{ serviceAccounts { totalCount } }", by=clerk)).codes == ["FORBIDDEN"]
