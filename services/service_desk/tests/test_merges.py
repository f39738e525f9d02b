"""A merge of customers: tickets and surveys follow, and go back with what came since."""

from uuid import uuid4

import pytest

from chassis.database import Database
from chassis.testing import Graph, deliver
from service_desk.consumers import HANDLERS
from service_desk.merges import CUSTOMERS
from services.customer.tests.telling import contact_merge_of, merge_of
from services.service_desk.tests.test_tickets import opened, resolved


@pytest.mark.feature("F20")
async def test_tickets_of_a_merged_customer_are_the_winners_and_go_back(
    graph: Graph, database: Database
) -> None:
    winner, loser = str(uuid4()), str(uuid4())
    await opened(graph, customerId=winner, subject="ours")
    theirs = await opened(graph, customerId=loser, subject="theirs")
    merged, unmerged = merge_of(winner, loser)

    await deliver(database, "service_desk", HANDLERS, merged)
    await opened(graph, customerId=loser, subject="late")  # from a page that was open
    await CUSTOMERS.sweep(database)
    await resolved(graph, theirs)  # asks the customer, who is the winner by now
    assert await subjects(graph, winner) == {"ours", "theirs", "late"}
    assert await subjects(graph, loser) == set()

    await deliver(database, "service_desk", HANDLERS, unmerged)

    assert await subjects(graph, winner) == {"ours"}
    assert await subjects(graph, loser) == {"theirs", "late"}


async def test_tickets_of_a_merged_contact_follow_and_go_back(graph: Graph, database: Database) -> None:
    winner, loser = str(uuid4()), str(uuid4())
    id = await opened(graph, contactId=loser)
    merged, unmerged = contact_merge_of(winner, loser)

    await deliver(database, "service_desk", HANDLERS, merged)
    shown = "query($id: ID!) { ticket(id: $id) { contact { id } } }"
    assert (await graph(shown, {"id": id})).data["ticket"]["contact"] == {"id": winner}
    await deliver(database, "service_desk", HANDLERS, unmerged)
    assert (await graph(shown, {"id": id})).data["ticket"]["contact"] == {"id": loser}


async def subjects(graph: Graph, customer: str) -> set[str]:
    query = "query($id: ID!) { tickets(filter: {customerId: {eq: $id}}) { nodes { subject } } }"
    nodes = (await graph(query, {"id": customer})).data["tickets"]["nodes"]
    return {node["subject"] for node in nodes}
