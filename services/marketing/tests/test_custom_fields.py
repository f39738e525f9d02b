"""Campaigns and prospects take fields of the company's own."""

import pytest

from chassis.testing import Graph
from services.marketing.tests.builders import form
from services.marketing.tests.test_prospects import prospect
from tests.custom_values import prove

pytestmark = [pytest.mark.feature("F74"), pytest.mark.feature("F78")]


async def test_custom_fields_of_campaigns_hold(graph: Graph) -> None:
    given = {"name": "展会", "channel": "EXPO", "startsOn": "2026-01-01"}
    await prove(
        graph,
        "Campaign",
        made_by="launchCampaign",
        of=lambda number: {**given, "sourceCode": f"EXPO{number}"},
        listed="campaigns",
    )


async def test_custom_fields_of_prospects_hold(graph: Graph) -> None:
    await form(graph, qualifies=False)
    ids = [await prospect(graph, f"{name}@example.org") for name in ("ada", "bo")]
    await prove(graph, "Prospect", ids=ids, listed="prospects")
