"""Curves as an SVG picture, both axes logarithmic."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, MARGIN = 420, 300, 48
COLOURS = ("#c0392b", "#2471a3", "#1e8449", "#7d3c98", "#b9770e", "#566573")

Lines = Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True)
class Chart:
    """Some curves under a title."""

    title: str
    lines: Lines


def drawing(*charts: Chart) -> str:
    """The charts side by side, with one legend below."""
    names = list(dict.fromkeys(name for chart in charts for name in chart.lines))
    colours = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(names)}
    width, height = WIDTH * len(charts), HEIGHT + 18 * len(names) + 12
    parts = [_chart(chart, place * WIDTH, colours) for place, chart in enumerate(charts)]
    legend = [
        f'<text x="{MARGIN}" y="{HEIGHT + 18 * (place + 1)}" fill="{colours[name]}">— {escape(name)}</text>'
        for place, name in enumerate(names)
    ]
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
            *parts,
            *legend,
            "</svg>\n",
        )
    )


def _chart(chart: Chart, left: float, colours: Mapping[str, str]) -> str:
    everything = [point for points in chart.lines.values() for point in points]
    across = _Axis([x for x, _ in everything], left + MARGIN, left + WIDTH - MARGIN / 2)
    up = _Axis([y for _, y in everything], HEIGHT - MARGIN, MARGIN)
    parts = [f'<text x="{left + MARGIN}" y="24" font-weight="bold">{escape(chart.title)}</text>']
    for x in across.marks:
        at = across.place(x)
        parts.append(f'<text x="{at:.0f}" y="{HEIGHT - MARGIN + 18}" text-anchor="middle">{x:,.0f}</text>')
    for y in up.marks:
        at = up.place(y)
        parts.append(f'<text x="{left + MARGIN - 6}" y="{at + 4:.0f}" text-anchor="end">{y:.2g}</text>')
        line = f'x1="{left + MARGIN}" x2="{left + WIDTH - MARGIN / 2}" y1="{at:.0f}" y2="{at:.0f}"'
        parts.append(f'<line {line} stroke="#ddd"/>')
    for name, points in chart.lines.items():
        path = " ".join(f"{across.place(x):.1f},{up.place(y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colours[name]}" stroke-width="2"/>')
    return "\n".join(parts)


class _Axis:
    """Where a value is drawn between two places."""

    def __init__(self, values: Sequence[float], begin: float, end: float) -> None:
        self._low, self._high = math.log(min(values)), math.log(max(values) * 1.0001)
        self._begin, self._end = begin, end
        distinct = sorted(set(values))
        few = len(distinct) <= 4
        self.marks = (
            distinct if few else [min(values) * (max(values) / min(values)) ** (n / 4) for n in range(5)]
        )

    def place(self, value: float) -> float:
        """The place of a value."""
        return self._begin + (self._end - self._begin) * (math.log(value) - self._low) / (
            self._high - self._low
        )
