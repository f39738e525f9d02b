"""A merge of customers: deals follow with their quotes, and go back with what came since."""

from uuid import uuid4

import pytest

from chassis.database import Database
from chassis.testing import Graph, deliver
from sales.consumers import HANDLERS
from sales.merges import CUSTOMERS
from services.customer.tests.telling import merge_of
from services.sales.tests.steps import accepted_quote, opportunity, product

OF = """query($id: ID!) { opportunities(filter: {customerId: {eq: $id}}) { nodes { name version } }
  quotes(filter: {customerId: {eq: $id}}) { totalCount } }"""


async def deals(graph: Graph, customer: str) -> tuple[set[str], int]:
    found = (await graph(OF, {"id": customer})).data
    return {node["name"] for node in found["opportunities"]["nodes"]}, found["quotes"]["totalCount"]


@pytest.mark.feature("F20")
async def test_deals_of_a_merged_customer_are_the_winners_and_go_back(
    graph: Graph, database: Database
) -> None:
    winner, loser = str(uuid4()), str(uuid4())
    await opportunity(graph, customerId=winner, name="ours")
    theirs = await opportunity(graph, customerId=loser, name="theirs")
    merged, unmerged = merge_of(winner, loser)

    await deliver(database, "sales", HANDLERS, merged)
    await opportunity(graph, customerId=loser, name="late")  # from a page that was open
    await CUSTOMERS.sweep(database)
    await accepted_quote(graph, theirs, await product(graph))  # of a deal that was the loser's
    assert await deals(graph, winner) == ({"ours", "theirs", "late"}, 1)
    assert await deals(graph, loser) == (set(), 0)

    await deliver(database, "sales", HANDLERS, unmerged)

    assert await deals(graph, winner) == ({"ours"}, 0)
    assert await deals(graph, loser) == ({"theirs", "late"}, 1)
    await CUSTOMERS.sweep(database)  # nothing of a merge that was taken back follows any more
    assert await deals(graph, loser) == ({"theirs", "late"}, 1)
