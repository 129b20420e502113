"""The plot of the simulation: one run job by job, and what the size of the jobs does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import log10
from statistics import fmean

from benchmarks.schedule_cases import POLL_SECONDS, Case, Figures
from benchmarks.schedule_simulation import Policy, Stay, makespan, simulate, wave
from processor.core.admission import admit

_WIDTH, _HEIGHT = 960, 430
_COLOURS = {"queue": "#1f5fa8", "work": "#b5521b", "day": "#3f7d3a"}
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#222}.title{font-weight:600;font-size:13px}"
    ".faint{stroke:#ddd}.axis{stroke:#555}.wait{fill:#cfd8e3}.run{fill:#1f5fa8}"
    ".line{fill:none;stroke-width:2}.chosen{stroke:#222;stroke-dasharray:4 3}"
)
_TRIED = 200
_LABEL_WIDTH = 24


def plot(case: Case, sweep: Sequence[Figures], job_share: float) -> str:
    """An SVG document.

    Args:
        case: the run that is shown job by job, in the draw nearest the mean of both rules.
        sweep: the figures for the right half.
        job_share: is marked there.
    """
    seed = _mean_seed(case)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        "<title>Rolling admission against waves, and the size of the jobs</title>",
        f'<style>{_STYLE}</style><rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        *_runs(case, seed),
        *_lines(sweep, job_share),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _stays(case: Case, seed: int, policy: Policy) -> list[Stay]:
    return simulate(case.jobs(seed), policy, case.room, POLL_SECONDS)


def _mean_seed(case: Case) -> int:
    ends = [
        [makespan(_stays(case, seed, policy)) for policy in (wave, admit)] for seed in range(_TRIED)
    ]
    means = [fmean(column) for column in zip(*ends, strict=True)]

    def distance(seed: int) -> float:
        return sum(abs(end / mean - 1) for end, mean in zip(ends[seed], means, strict=True))

    return min(range(_TRIED), key=distance)


def _runs(case: Case, seed: int) -> Iterable[str]:
    runs = {"waves": _stays(case, seed, wave), "rolling": _stays(case, seed, admit)}
    longest = max(makespan(stays) for stays in runs.values())
    left, width, row = 60, 380, 12
    per_second = width / longest
    yield _text(left, 22, f"{case.name}, jobs of {case.job_requests:,}: one run", "title")
    for place, (name, stays) in enumerate(runs.items()):
        top = 58 + place * 178
        yield _text(left, top - 10, f"{name}: {makespan(stays) / 3600:.1f} h")
        for number, stay in enumerate(stays):
            y = top + number * row
            yield _text(left - 8, y + 9, str(number + 1), anchor="end")
            yield _bar(left + stay.admitted_at * per_second, y, stay, per_second, row - 3)
    bottom = 58 + 178 + 12 * row + 4
    yield _line("axis", (left, bottom), (left + width, bottom))
    for hour in range(0, longest // 3600 + 1, max(1, longest // 3600 // 6)):
        x = left + hour * 3600 * per_second
        yield _text(x, bottom + 16, f"{hour} h", anchor="middle")


def _bar(x: float, y: float, stay: Stay, per_second: float, height: int) -> str:
    whole = (stay.noticed_at - stay.admitted_at) * per_second
    run = (stay.ended_at - stay.admitted_at) * per_second
    return (
        f'<rect class="wait" x="{x:.1f}" y="{y}" width="{whole:.1f}" height="{height}"/>'
        f'<rect class="run" x="{x:.1f}" y="{y}" width="{run:.1f}" height="{height}"/>'
    )


def _lines(sweep: Sequence[Figures], job_share: float) -> Iterable[str]:
    left, top, width, height = 560, 48, 330, 310
    hours = [value for one in sweep for value in (one.rolling_hours, one.waves_hours)]
    low, high = log10(min(hours) * 0.7), log10(max(hours) * 1.1)

    def x(share: float) -> float:
        return left + width * (log10(share) + 2) / 2

    def y(value: float) -> float:
        return top + height * (high - log10(value)) / (high - low)

    yield _text(left, 22, "Mean time by the size of the jobs (dotted: waves)", "title")
    for value in (1, 2, 5, 10, 20, 50, 100):
        if low <= log10(value) <= high:
            yield _line("faint", (left, y(value)), (left + width, y(value)))
            yield _text(left - 8, y(value) + 4, f"{value} h", anchor="end")
    shares = {one.case.job_share for one in sweep if one.case.job_share is not None}
    crowded = {share for share in shares if 0 < abs(x(share) - x(job_share)) < _LABEL_WIDTH}
    for share in sorted(shares - crowded):
        yield _text(x(share), top + height + 16, f"1/{1 / share:.0f}", anchor="middle")
    yield _text(left + width / 2, top + height + 36, "job share of the safe room", anchor="middle")
    chosen = x(job_share)
    yield _line("chosen", (chosen, top), (chosen, top + height))
    for law, colour in _COLOURS.items():
        rows = sorted(
            (one.case.job_share, one.rolling_hours, one.waves_hours)
            for one in sweep
            if one.case.law == law and one.case.job_share is not None
        )
        for column, dash in ((1, ""), (2, ' stroke-dasharray="2 4"')):
            points = " ".join(f"{x(row[0]):.1f},{y(row[column]):.1f}" for row in rows)
            yield f'<polyline class="line" stroke="{colour}"{dash} points="{points}"/>'
        yield _text(x(rows[0][0]) + 4, y(rows[0][1]) + 18, law)


def _line(kind: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, kind: str = "", *, anchor: str = "start") -> str:
    name = f' class="{kind}"' if kind else ""
    return f'<text{name} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
