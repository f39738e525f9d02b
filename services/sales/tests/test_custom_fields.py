"""Leads, opportunities, quotes, contracts and products take fields of the company's own."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from chassis.testing import Graph
from services.sales.tests.steps import money, opportunity, product
from tests.custom_values import prove

pytestmark = [pytest.mark.feature("F74"), pytest.mark.feature("F78")]


@pytest.mark.parametrize(
    ("name", "made_by", "listed"),
    [
        ("Lead", "createLead", "leads"),
        ("Opportunity", "openOpportunity", "opportunities"),
        ("Quote", "createQuote", "quotes"),
        ("Contract", "draftContract", "contracts"),
        ("Product", "createProduct", "products"),
    ],
)
async def test_custom_fields_hold(graph: Graph, name: str, made_by: str, listed: str) -> None:
    sold = await product(graph)
    deal = await opportunity(graph)
    line = {"productId": sold, "quantity": "1"}
    instalment = {"name": "全款", "amount": money("100"), "dueOn": "2026-06-01"}
    days = {"startsOn": "2026-03-01", "endsOn": "2026-12-31"}

    def of(number: int) -> Mapping[str, Any]:
        kinds: dict[str, dict[str, Any]] = {
            "Lead": {"company": f"公司 {number}"},
            "Opportunity": {"name": "改造", "customerId": str(uuid4())},
            "Quote": {"opportunityId": deal, "lines": [line]},
            "Contract": {
                "title": "合同",
                "customerId": str(uuid4()),
                "lines": [{"description": "设备", "quantity": "1", "amount": money("100")}],
                "instalments": [instalment],
                **days,
            },
            "Product": {"sku": f"S{number}", "name": "泵", "listPrice": money("5")},
        }
        return kinds[name]

    await prove(graph, name, made_by=made_by, of=of, listed=listed)
