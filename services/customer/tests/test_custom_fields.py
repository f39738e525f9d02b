"""Customers, contacts and interactions take fields of the company's own."""

from collections.abc import Mapping
from typing import Any

import pytest

from chassis.testing import Graph
from services.customer.tests.test_companies import register
from tests.custom_values import prove

pytestmark = [pytest.mark.feature("F74"), pytest.mark.feature("F78")]


@pytest.mark.parametrize(
    ("name", "made_by", "given", "listed"),
    [
        ("Customer", "registerCustomer", {}, "customers"),
        ("Contact", "addContact", {"title": "工程师"}, "contacts"),
        ("Interaction", "logInteraction", {"kind": "CALL", "subject": "报价"}, "interactions"),
    ],
)
async def test_custom_fields_hold(
    graph: Graph, name: str, made_by: str, given: Mapping[str, Any], listed: str
) -> None:
    customer = await register(graph, "Acme")

    def of(number: int) -> Mapping[str, Any]:
        named = {"name": f"新 {number}"} if name != "Interaction" else {}
        return {**given, **named} | ({"customerId": customer} if name != "Customer" else {})

    await prove(graph, name, made_by=made_by, of=of, listed=listed)
