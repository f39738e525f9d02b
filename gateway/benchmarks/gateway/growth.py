"""How cost grows: with the callers at once, and with the size of the response."""

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from benchmarks.gateway import plot
from benchmarks.gateway.contestants import OURS, TITLES, Contestant
from benchmarks.gateway.measuring import Cell, check, rounds
from benchmarks.gateway.report import PAGE
from benchmarks.gateway.stack import Stack, answers

CONNECTIONS = (1, 16, 64, 256)
# customers on the page, and rows of each one's lists: about 10, 100, 1 000 and 10 000 fields
PAGES = ((1, 0), (7, 0), (30, 1), (100, 30))
LIST = """query Growth($customers: Int!, $entries: Int!, $after: String) {
  customers(first: $customers, after: $after) {
    nodes {
      id version name status industry region sizeBand source incumbent createdAt lastFollowUpAt
      owner { name email active }
      contacts(first: $entries) { nodes { id version name title decisionRole email phone } }
      interactions(first: $entries) { nodes { id version kind occurredAt subject body nextPlan } }
      timeline(first: $entries) { nodes { id type subjectId occurredAt title titleZh actor { name } } }
    }
  }
}"""
CURSORS = "{ customers(first: 100) { edges { cursor } } }"

Curve = dict[str, list[tuple[float, Cell]]]


async def by_connections(
    contestants: Sequence[Contestant], stack: Stack, *, seconds: float, count: int
) -> Curve:
    """The 360 at 1 to 256 connections."""
    bodies = stack.bodies()
    cells = await rounds(contestants, stack, bodies, connections=CONNECTIONS, seconds=seconds, count=count)
    return {
        contestant.name: [(many, cells[contestant.name, many]) for many in CONNECTIONS]
        for contestant in contestants
    }


async def by_fields(contestants: Sequence[Contestant], stack: Stack, *, seconds: float, count: int) -> Curve:
    """A list at one connection with ever more fields in the response."""
    curve: Curve = {contestant.name: [] for contestant in contestants}
    for page in PAGES:
        bodies = await _bodies(stack, *page)
        await check(stack, contestants, bodies[:5])
        fields = leaves((await answers(contestants[0].url, stack.token, bodies[:1]))[0]["data"])
        cells = await rounds(contestants, stack, bodies, connections=(1,), seconds=seconds, count=count)
        for contestant in contestants:
            curve[contestant.name].append((fields, cells[contestant.name, 1]))
    return curve


async def _bodies(stack: Stack, customers: int, entries: int) -> list[str]:
    """The list from various beginnings, so that hardly two requests at a time are the same."""
    [answer] = await answers(stack.suite.graph, stack.token, [orjson.dumps({"query": CURSORS}).decode()])
    cursors = [edge["cursor"] for edge in answer["data"]["customers"]["edges"]]
    fitting = cursors[: max(1, len(stack.customers) - customers)]
    variables = [{"customers": customers, "entries": entries, "after": after} for after in fitting]
    return [orjson.dumps({"query": LIST, "variables": each}).decode() for each in variables]


def leaves(value: Any) -> int:
    """How many fields without fields of their own a response has."""
    if isinstance(value, Mapping):
        return sum(leaves(each) for each in value.values())
    if isinstance(value, list):
        return sum(leaves(each) for each in value)
    return 1


def section(callers: Curve, sizes: Curve, command: str) -> str:
    """Tables as Markdown, as multiples of this gateway's figures at the smallest load, and the plot."""
    picture = PAGE.with_name("gateway-growth.svg")
    picture.write_text(
        plot.drawing(
            plot.Chart("requests/s by connections", _relative(callers, _throughput)),
            plot.Chart("p50 by fields in the response", _relative(sizes, _wait)),
        )
    )
    return "\n".join(
        (
            f"Measured on {datetime.now(UTC):%Y-%m-%d}, 2 cores, `{command}`; multiples of this gateway's"
            " first figure in each table.",
            "",
            "Requests/s of the 360, by connections:",
            "",
            *_table(_relative(callers, _throughput)),
            "",
            "p50 of a list at one connection, by fields in the response:",
            "",
            *_table(_relative(sizes, _wait)),
            "",
            "Gateway CPU of the same list:",
            "",
            *_table(_relative(sizes, lambda cell: cell.cpu)),
            "",
            f"![The first two tables as curves]({picture.name})",
        )
    )


def _throughput(cell: Cell) -> float:
    return cell.per_second


def _wait(cell: Cell) -> float:
    return cell.p50


def _relative(curve: Curve, of: Callable[[Cell], float]) -> plot.Lines:
    first = of(curve.get(OURS, next(iter(curve.values())))[0][1])
    return {TITLES[name]: [(x, of(cell) / first) for x, cell in points] for name, points in curve.items()}


def _table(lines: plot.Lines) -> list[str]:
    places = [f"{x:,.0f}" for x, _ in next(iter(lines.values()))]
    rows = [
        f"| {name} | " + " | ".join(f"{y:.2f}" for _, y in points) + " |" for name, points in lines.items()
    ]
    return [f"| | {' | '.join(places)} |", f"|---|{'---:|' * len(places)}", *rows]


def tell(title: str, curve: Curve) -> None:
    """Print a curve's figures."""
    sys.stdout.write(
        f"\n{title}\n{'':38}{'':>8}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'failed':>9}\n"
    )
    for name, points in curve.items():
        for x, cell in points:
            figures = f"{cell.per_second:9.1f}{cell.p50:9.2f}{cell.p99:9.2f}{cell.cpu:9.2f}{cell.failed:9.0f}"
            sys.stdout.write(f"{TITLES[name]:38}{x:8,.0f}{figures}\n")
