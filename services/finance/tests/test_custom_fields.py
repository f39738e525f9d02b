"""Receivables and invoices take fields of the company's own."""

import pytest

from chassis.database import Database
from chassis.testing import Graph
from services.finance.tests.telling import hear, signature
from tests.custom_values import prove

pytestmark = [pytest.mark.feature("F74"), pytest.mark.feature("F78")]


async def test_custom_fields_of_receivables_hold(graph: Graph, database: Database) -> None:
    await hear(database, signature("100", "200"))
    found = (await graph("{ receivables { nodes { id } } }")).data["receivables"]["nodes"]
    await prove(graph, "Receivable", ids=[each["id"] for each in found], listed="receivables")


async def test_custom_fields_of_invoices_hold(graph: Graph, database: Database) -> None:
    signed = signature("1000")
    await hear(database, signed)
    given = {"contractId": signed.contract_id, "amount": {"amount": "10", "currency": "CNY"}}
    await prove(graph, "Invoice", made_by="applyForInvoice", of=lambda _: given, listed="invoices")
