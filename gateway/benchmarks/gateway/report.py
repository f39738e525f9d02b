"""What is told of the cells: figures on the screen, ratios in the documentation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.gateway.contestants import FLOOR, OURS, PEERS, TITLES, USUAL
from benchmarks.gateway.measuring import Cell
from deploy.local.suite import ROOT

PAGE = ROOT / "docs" / "performance" / "gateway.md"

Cells = Mapping[tuple[str, int], Cell]


@dataclass(frozen=True)
class Target:
    """What the gateway is meant to reach, and what it reached."""

    text: str
    wanted: str
    value: float
    met: bool

    def __str__(self) -> str:
        return f"{'met    ' if self.met else 'not met'}  {self.text}: {self.value:.2f} (wanted {self.wanted})"


def table(cells: Cells) -> str:
    """The figures, a line per cell."""
    columns = "".join(
        f"{name:>9}" for name in ("req/s", "p50 ms", "p99 ms", "CPU ms", "behind", "MB", "failed")
    )
    head = f"{'':38}{'conn.':>6}{columns}"
    lines = [
        f"{TITLES[name]:38}{connections:6}{cell.per_second:9.1f}{cell.p50:9.2f}{cell.p99:9.2f}"
        f"{cell.cpu:9.2f}{cell.behind:9.2f}{cell.memory:9.0f}{cell.failed:9.0f}"
        for (name, connections), cell in sorted(cells.items(), key=lambda found: found[0][1])
    ]
    return "\n".join((head, *lines))


def best_peer(cells: Cells, connections: int) -> str | None:
    """The peer with the most requests/s, if any was measured."""
    measured = [name for name in PEERS if (name, connections) in cells]
    return max(measured, key=lambda name: cells[name, connections].per_second, default=None)


def targets(cells: Cells) -> list[Target]:
    """The targets of which both sides were measured."""
    return [*_against_peers(cells), *_against(cells, USUAL, 4.0), *_against(cells, FLOOR, 0.5)]


def _against_peers(cells: Cells) -> list[Target]:
    found: list[Target] = []
    peer = best_peer(cells, 16)
    if peer and (OURS, 16) in cells:
        ours, best = cells[OURS, 16], cells[peer, 16]
        more, cost = ours.per_second / best.per_second, ours.cpu / best.cpu
        found.append(
            Target(f"requests/s at 16, as a multiple of {TITLES[peer]}", "1.30 or more", more, more >= 1.3)
        )
        found.append(
            Target(f"gateway CPU at 16, as a multiple of {TITLES[peer]}", "0.33 or less", cost, cost <= 1 / 3)
        )
    medians = [cells[name, 1].p50 for name in PEERS if (name, 1) in cells]
    if medians and (OURS, 1) in cells:
        wait = cells[OURS, 1].p50 / min(medians)
        found.append(Target("p50 at 1, as a multiple of the quickest peer", "below 1", wait, wait < 1))
    return found


def _against(cells: Cells, name: str, least: float) -> list[Target]:
    if (name, 16) not in cells or (OURS, 16) not in cells:
        return []
    more = cells[OURS, 16].per_second / cells[name, 16].per_second
    return [
        Target(
            f"requests/s at 16, as a multiple of {TITLES[name]}", f"{least:.2f} or more", more, more >= least
        )
    ]


def comparison(cells: Cells, command: str) -> str:
    """The ratios as Markdown: everything as a multiple of ours."""
    lines = [
        f"Measured on {datetime.now(UTC):%Y-%m-%d}, 2 cores, `{command}`; multiples of this gateway's"
        " figures.",
        "",
        "| | connections | requests/s | p50 | p99 | gateway CPU per request | CPU behind it | memory |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for (name, connections), cell in sorted(cells.items(), key=lambda found: found[0][1]):
        if ours := cells.get((OURS, connections)):
            ratios = " | ".join(f"{ratio:.2f}" for ratio in _ratios(cell, ours))
            lines.append(f"| {TITLES[name]} | {connections} | {ratios} |")
    lines += ["", "| target | wanted | reached | |", "|---|---:|---:|---|"]
    for target in targets(cells):
        verdict = "met" if target.met else "not met"
        lines.append(f"| {target.text} | {target.wanted} | {target.value:.2f} | {verdict} |")
    return "\n".join(lines)


def _ratios(cell: Cell, ours: Cell) -> Sequence[float]:
    return (
        cell.per_second / ours.per_second,
        cell.p50 / ours.p50,
        cell.p99 / ours.p99,
        cell.cpu / ours.cpu,
        cell.behind / ours.behind,
        cell.memory / ours.memory,
    )


def write(section: str, text: str, page: Path = PAGE) -> None:
    """Replace what stands between the section's two comments."""
    begin, end = f"<!-- {section} -->", f"<!-- end of {section} -->"
    before, _, rest = page.read_text().partition(begin)
    page.write_text(f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}")
