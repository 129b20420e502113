"""Charts of the dashboard, as inline SVG; the same numbers stand beside them as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import floor, log10

from markupsafe import Markup

from processor.core.html_chart import percent
from processor.core.period import Period

MOST_COLOURS = 6
OTHERS = "others"
_WIDTH, _HEIGHT = 360.0, 190.0  # about what a phone has, so that letters are as large as others
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 6.0, 10.0, 24.0
_WIDEST_BAR = 30.0
_LEAST_SLOTS = 7
_LABELS = 5
_STEPS = (1, 2, 3, 4, 6, 8, 10)


def colours(periods: Sequence[Period], names: Sequence[str]) -> dict[str, str]:
    """The class that gives each task its colour; the cheaper tasks share the last one.

    Args:
        names: those that cost most first.
    """
    shown = [name for name in names if any(period.usd.get(name) for period in periods)]
    own = shown if len(shown) <= MOST_COLOURS else shown[: MOST_COLOURS - 1]
    made = {name: f"t{number}" for number, name in enumerate(own)}
    return made | {name: f"t{MOST_COLOURS - 1}" for name in shown if name not in made}


def cost_chart(periods: Sequence[Period], colour: Mapping[str, str]) -> Markup:
    """Bars of cost by task, one for each period."""
    top = _round_up(max((period.total_usd for period in periods), default=0.0))
    drawn: list[Markup] = [
        *_grid([(top * part / 2, _usd(top * part / 2)) for part in range(3)], top)
    ]
    for x, width, period in _slots(periods):
        at = 0.0
        pieces: list[Markup] = []
        for name, kind in colour.items():
            usd = period.usd.get(name, 0.0)
            if usd > 0:
                pieces.append(_rectangle(kind, x, width, _y(at + usd, top), _y(at, top)))
                at += usd
        words = f"{period.name}: {_usd(period.total_usd)}"
        drawn.append(Markup("<g><title>{}</title>{}</g>").format(words, Markup("").join(pieces)))
    return _chart("Cost over time, in USD, by task", [*drawn, *_labels(periods)])


def accepted_chart(periods: Sequence[Period]) -> Markup:
    """The accepted share of each period in which items were judged, as a line with dots."""
    drawn: list[Markup] = [*_grid([(0, "0 %"), (0.5, "50 %"), (1, "100 %")], 1)]
    points: list[tuple[float, float, Period]] = []
    for x, width, period in _slots(periods):
        if period.judged:
            points.append((x + width / 2, _y(period.good / period.judged, 1), period))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
    drawn.append(Markup('<polyline class="line" points="{}"/>').format(path))
    for x, y, period in points:
        share = percent(period.good, period.judged)
        words = f"{period.name}: {period.good:,} of {period.judged:,} items accepted ({share})"
        drawn.append(
            Markup(
                '<g><title>{}</title><circle class="point" cx="{}" cy="{}" r="3.5"/></g>'
            ).format(words, f"{x:.1f}", f"{y:.1f}")
        )
    return _chart("Accepted share over time", [*drawn, *_labels(periods)])


def _chart(name: str, drawn: Sequence[Markup]) -> Markup:
    return Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        f"{_WIDTH:.0f}", f"{_HEIGHT:.0f}", f"{name}; the table below has the numbers",
        Markup("").join(drawn),
    )  # fmt: skip


def _slots(periods: Sequence[Period]) -> Iterator[tuple[float, float, Period]]:
    """Where each period's bar begins, how wide it is, and the period."""
    slot = (_WIDTH - _LEFT - _RIGHT) / max(len(periods), _LEAST_SLOTS)
    width = min(slot * 0.72, _WIDEST_BAR)
    for number, period in enumerate(periods):
        yield _LEFT + slot * (number + 0.5) - width / 2, width, period


def _y(value: float, top: float) -> float:
    bottom = _HEIGHT - _BOTTOM
    return bottom - (bottom - _TOP) * (value / top if top else 0.0)


def _rectangle(kind: str, x: float, width: float, upper: float, lower: float) -> Markup:
    # A line of paper between two parts tells their colours apart for those who cannot.
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
        kind, f"{x:.1f}", f"{upper:.1f}", f"{width:.1f}", f"{max(lower - upper - 0.6, 0.4):.1f}"
    )


def _grid(ticks: Sequence[tuple[float, str]], top: float) -> Iterator[Markup]:
    for value, words in ticks:
        y = _y(value, top)
        yield Markup(
            '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
            '<text class="tick end" x="{}" y="{}">{}</text>'
        ).format(_LEFT, _WIDTH - _RIGHT, f"{y:.1f}", f"{y:.1f}", _LEFT - 5, f"{y + 3.5:.1f}", words)


def _labels(periods: Sequence[Period]) -> Iterator[Markup]:
    every = max(1, -(-len(periods) // _LABELS))
    for number, (x, width, period) in enumerate(_slots(periods)):
        if number % every == 0:
            yield Markup('<text class="tick middle" x="{}" y="{}">{}</text>').format(
                f"{x + width / 2:.1f}", _HEIGHT - 7, period.label
            )


def _round_up(value: float) -> float:
    """The next number of one digit that can be halved well, with its zeros, above or below one."""
    if value <= 0:
        return 1.0
    unit = 10.0 ** floor(log10(value))
    return next(unit * step for step in _STEPS if unit * step >= value * (1 - 1e-9))


def _usd(value: float) -> str:
    if value == 0 or value >= 1:
        return f"${value:,.0f}" if value >= 10 or value == int(value) else f"${value:,.2f}"
    digits = 1 - floor(log10(value))
    return "$" + f"{value:.{min(digits, 8)}f}".rstrip("0")
