"""The plot of growth: time and memory against the number of items."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil, floor, log10
from typing import Protocol

_WIDTH, _HEIGHT = 960, 400
_PANEL_WIDTH, _PANEL_HEIGHT = 380, 280
_TOP = 60
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#222}.title{font-weight:600;font-size:13px}"
    ".faint{stroke:#ddd}.axis{stroke:#555}.ours{fill:none;stroke:#1f5fa8;stroke-width:2}"
    ".dot{fill:#1f5fa8}.law{fill:none;stroke:#b5521b;stroke-dasharray:5 4}"
)


class Point(Protocol):
    """A run, as far as it is drawn."""

    @property
    def count(self) -> int: ...
    @property
    def item_bytes(self) -> int: ...
    @property
    def own_seconds(self) -> float: ...
    @property
    def peak_bytes(self) -> int: ...


def plot(runs: Sequence[Point]) -> str:
    """An SVG document: the runs of 1 KB items, both axes logarithmic for time."""
    drawn = sorted((run for run in runs if run.item_bytes == 1_000), key=lambda run: run.count)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        "<title>Time and memory of a run against the number of its items</title>",
        f'<style>{_STYLE}</style><rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
    ]
    if drawn:
        parts += _time(drawn)
        parts += _memory(drawn)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _time(runs: Sequence[Point]) -> Iterator[str]:
    """Own seconds, both axes logarithmic: a straight line at 45 degrees is linear."""
    x = _scale([run.count for run in runs], 70)
    low = floor(log10(min(run.own_seconds for run in runs)))
    high = ceil(log10(max(run.own_seconds for run in runs)))
    high = max(high, low + 1)

    def y(seconds: float) -> float:
        share = (log10(seconds) - low) / (high - low)
        return _TOP + _PANEL_HEIGHT * (1 - share)

    yield '<text class="title" x="70" y="30">Seconds of a run, without waiting for the service</text>'
    for power in range(low, high + 1):
        yield from _line(70, y(10**power), f"{10**power:g} s")
    yield from _axis(runs, x)
    last = runs[-1]
    law = " ".join(
        f"{x(run.count):.1f},{y(max(last.own_seconds * run.count / last.count, 10**low)):.1f}"
        for run in runs
    )
    yield f'<polyline class="law" points="{law}"/>'
    yield from _curve([(x(run.count), y(run.own_seconds)) for run in runs])
    yield f'<text x="{70 + 14}" y="{_TOP + 16}">dashed: in proportion to the items</text>'


def _memory(runs: Sequence[Point]) -> Iterator[str]:
    """Peak memory from 0, against the limit of 300 MB."""
    left = 540
    x = _scale([run.count for run in runs], left)

    def y(megabytes: float) -> float:
        return _TOP + _PANEL_HEIGHT * (1 - megabytes / 320)

    yield f'<text class="title" x="{left}" y="30">Peak memory of our process</text>'
    for megabytes in (0, 100, 200, 300):
        yield from _line(left, y(megabytes), f"{megabytes} MB")
    yield from _axis(runs, x)
    yield (
        f'<line class="law" x1="{left}" x2="{left + _PANEL_WIDTH}" y1="{y(300):.1f}" y2="{y(300):.1f}"/>'
    )
    yield from _curve([(x(run.count), y(run.peak_bytes / 1e6)) for run in runs])


def _scale(counts: Sequence[int], left: int) -> Callable[[float], float]:
    low, high = log10(counts[0]), log10(counts[-1])
    width = max(high - low, 1e-9)
    return lambda count: left + _PANEL_WIDTH * (log10(count) - low) / width


def _axis(runs: Sequence[Point], x: Callable[[float], float]) -> Iterator[str]:
    bottom = _TOP + _PANEL_HEIGHT
    for run in runs:
        place = x(run.count)
        yield f'<line class="axis" x1="{place:.1f}" x2="{place:.1f}" y1="{bottom}" y2="{bottom + 5}"/>'
        yield f'<text x="{place:.1f}" y="{bottom + 20}" text-anchor="middle">{run.count:,}</text>'


def _line(left: int, y: float, label: str) -> Iterator[str]:
    yield f'<line class="faint" x1="{left}" x2="{left + _PANEL_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
    yield f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'


def _curve(points: Sequence[tuple[float, float]]) -> Iterator[str]:
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f'<polyline class="ours" points="{line}"/>'
    for x, y in points:
        yield f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
