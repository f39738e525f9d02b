"""A merge of customers: money owed and paid follows, and goes back with what came since."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from chassis.database import Database
from chassis.testing import Graph
from finance.credit.models import CreditLimit
from finance.merges import CUSTOMERS
from services.customer.tests.telling import merge_of
from services.finance.tests.telling import acceptance, hear, signature

OWED = """query($id: ID!) {
  receivables(filter: {customerId: {eq: $id}}) { nodes { amount { amount } } }
  invoices(filter: {customerId: {eq: $id}}) { nodes { amount { amount } } } }"""


async def owed(graph: Graph, id: object) -> tuple[list[str], list[str]]:
    answer = await graph(OWED, {"id": str(id)})
    assert not answer.errors, answer.errors
    receivables, invoices = (
        sorted(node["amount"]["amount"] for node in answer.data[name]["nodes"])
        for name in ("receivables", "invoices")
    )
    return receivables, invoices


async def limits(database: Database) -> dict[Any, Decimal]:
    rows = await database.read(select(CreditLimit.customer_id, CreditLimit.amount))
    return {row.customer_id: row.amount for row in rows}


@pytest.mark.feature("F20")
async def test_what_a_merged_customer_owes_is_owed_by_the_winner_and_goes_back(
    graph: Graph, database: Database
) -> None:
    winner, loser = uuid4(), uuid4()
    async with database.transaction() as session:
        for id, amount in ((winner, 500), (loser, 900)):
            session.add(CreditLimit(customer_id=id, amount=Decimal(amount), currency="CNY"))
    theirs = signature("200", customer_id=str(loser))
    late = signature("300", customer_id=str(loser))
    await hear(database, signature("100", customer_id=str(winner)), theirs)
    merged, unmerged = merge_of(winner, loser)

    await hear(database, merged)
    await hear(database, late)  # signed before sales knew
    await CUSTOMERS.sweep(database)
    await hear(database, acceptance(theirs))  # makes an invoice

    assert await owed(graph, winner) == (["100", "200", "300"], ["200"])
    assert await owed(graph, loser) == ([], [])
    assert await limits(database) == {winner: 500, loser: 900}  # each keeps its own in one currency

    await hear(database, unmerged)

    assert await owed(graph, winner) == (["100"], [])
    assert await owed(graph, loser) == (["200", "300"], ["200"])
