"""Loads the demonstration company into a running suite, step after step."""

from datetime import date, timedelta

from demo.catalogue import CAMPAIGNS
from demo.company import make_companies
from demo.steps.acquiring import (
    add_contacts,
    follow_up,
    record_touchpoints,
    register_customers,
    take_inquiries,
)
from demo.steps.delivering import accept_deliveries, await_delivery, invoice
from demo.steps.selling import open_deals, quote, sign_contracts, work_on_deals
from demo.steps.serving import help_customers, tick_off_todos
from demo.steps.setting_up import set_up_marketing, set_up_people, set_up_sales
from demo.world import Progress, World
from roundel_cli.graph import Graph

STEPS = (
    set_up_people,
    set_up_sales,
    set_up_marketing,
    take_inquiries,
    register_customers,
    add_contacts,
    open_deals,
    work_on_deals,
    quote,
    sign_contracts,
    record_touchpoints,
    follow_up,
    await_delivery,
    invoice,
    accept_deliveries,
    help_customers,
    tick_off_todos,
)


async def load(graph: Graph, today: date, progress: Progress, *, every: int = 1) -> None:
    """Load the company with a history that ends the day before today.

    `every` second, third … of its customers is enough to see how it works; the rich one is among them.
    What is there already stays as it is, also when it was loaded on an earlier day.
    Raises GraphError when the graph refuses something.
    """
    anchor = await _loaded_on(graph) or today
    world = World(graph, make_companies(anchor)[::every], anchor, progress)
    for step in STEPS:
        await step(world)


async def _loaded_on(graph: Graph) -> date | None:
    """Return the day of the first loading, as the first campaign tells it."""
    first = CAMPAIGNS[0]
    query = "query($code: String!) { campaigns(filter: {sourceCode: {eq: $code}}) { nodes { startsOn } } }"
    data = await graph.ask(query, {"code": first.code})
    nodes = data["campaigns"]["nodes"]
    return date.fromisoformat(nodes[0]["startsOn"]) + timedelta(days=first.age) if nodes else None
