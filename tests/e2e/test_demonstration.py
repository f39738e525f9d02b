"""The demonstration company in a real suite: loaded once, the same after a second time."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.company import make_companies
from demo.load import load
from deploy.local.graph import sign_in
from deploy.local.suite import ADMINISTRATOR, Suite
from roundel_cli.graph import Graph

TODAY = datetime.now(UTC).date()
EVERY = 8  # customers of each kind are enough
RICH = make_companies(TODAY)[0].name

COUNTED = (
    *("employees", "teams", "products", "campaigns", "prospects", "touchpoints", "leads", "customers"),
    *("contacts", "interactions", "opportunities", "quotes", "contracts", "projects", "receivables"),
    *("invoices", "receipts", "tickets", "surveys", "todos"),
)

SEVEN_DIMENSIONS = """
query($name: String!) {
  customers(filter: {name: {eq: $name}}) {
    nodes {
      industry tags registry { employees } contacts { nodes { reportsTo { name } } }
      sourceCampaign { name } touchpoints { totalCount }
      leads { totalCount } opportunities { nodes { status } } quotes { totalCount }
      interactions { totalCount }
      contracts { nodes { status } }
      projects { nodes { status milestones { status } } }
      tickets { nodes { status } } satisfaction { answers }
      receivables { nodes { status dueOn } } invoices { totalCount } receipts { totalCount }
      credit { available { amount } }
    }
  }
}
"""


@pytest.fixture(scope="module")
async def graph(suite: Suite) -> AsyncIterator[Graph]:
    """The suite of all journeys, with the demonstration company in it."""
    session = await sign_in(suite.graph, ADMINISTRATOR, suite.administrator_password)
    async with Graph(suite.graph, session.token) as connected:
        await load(connected, TODAY, _silent, every=EVERY)
        yield connected


@pytest.mark.feature("F14")
async def test_the_rich_customer_has_something_in_all_seven_dimensions(graph: Graph) -> None:
    [rich] = (await graph.ask(SEVEN_DIMENSIONS, {"name": RICH}))["customers"]["nodes"]
    assert rich["industry"]
    assert rich["registry"]["employees"]
    assert any(contact["reportsTo"] for contact in rich["contacts"]["nodes"])
    assert rich["sourceCampaign"]
    assert rich["touchpoints"]["totalCount"] >= 3
    assert rich["leads"]["totalCount"] == 1
    assert {one["status"] for one in rich["opportunities"]["nodes"]} == {"OPEN", "WON"}
    assert rich["quotes"]["totalCount"] == 4
    assert rich["interactions"]["totalCount"] >= 10
    assert [one["status"] for one in rich["contracts"]["nodes"]] == ["ACTIVE"] * 3
    assert {one["status"] for one in rich["projects"]["nodes"]} == {"ACCEPTED", "RUNNING"}
    assert len(rich["tickets"]["nodes"]) == 6
    assert rich["satisfaction"]["answers"] >= 1
    late = [
        one
        for one in rich["receivables"]["nodes"]
        if one["status"] == "SCHEDULED" and one["dueOn"] < TODAY.isoformat()
    ]
    assert late
    assert rich["invoices"]["totalCount"] >= 6
    assert rich["receipts"]["totalCount"] >= 4
    assert rich["credit"]["available"]


async def test_loading_again_on_another_day_changes_nothing(graph: Graph) -> None:
    before = await _counts(graph)
    assert before["customers"] >= 200 // EVERY
    await load(graph, TODAY + timedelta(days=3), _silent, every=EVERY)
    assert await _counts(graph) == before


async def _counts(graph: Graph) -> dict[str, Any]:
    data = await graph.ask("{ " + " ".join(f"{root} {{ totalCount }}" for root in COUNTED) + " }")
    return {root: data[root]["totalCount"] for root in COUNTED}


def _silent(step: str, done: int, total: int) -> None:
    """Nobody watches."""
