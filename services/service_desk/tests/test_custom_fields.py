"""Tickets take fields of the company's own."""

from uuid import uuid4

import pytest

from chassis.testing import Graph
from tests.custom_values import prove


@pytest.mark.feature("F74")
@pytest.mark.feature("F78")
async def test_custom_fields_of_tickets_hold(graph: Graph) -> None:
    given = {"customerId": str(uuid4()), "subject": "停机", "channel": "PHONE"}
    await prove(graph, "Ticket", made_by="openTicket", of=lambda _: given, listed="tickets")
