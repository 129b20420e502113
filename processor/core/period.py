"""Periods: what runs cost, and how much of them was accepted, over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from processor.core.figures import Figures

_MOST = 31  # bars that a phone can show
_DAYS_OF_WEEK = 7
_LONGEST_MONTHS = 30 * 30  # days; longer spans are shown in years


@dataclass(slots=True)
class Period:
    """A day, week, month or year.

    Attributes:
        name: ``2026-11-22``, ``week of 2026-11-16``, ``2026-11`` or ``2026``.
        label: the same, as short as it can stand under a bar.
        usd: actual cost by task.
        runs: made in it.
    """

    name: str
    label: str
    usd: dict[str, float] = field(default_factory=dict)
    good: int = 0
    judged: int = 0
    runs: int = 0

    @property
    def total_usd(self) -> float:
        """The cost of all tasks."""
        return sum(self.usd.values())


def periods(runs: Sequence[Figures]) -> tuple[Period, ...]:
    """The periods from the first to the last run, those without runs too.

    Days where 31 are enough, else weeks, months or years.

    Law: the costs of all periods add up to the cost of all runs.
    """
    if not runs:
        return ()
    days = [date.fromisoformat(run.created_at[:10]) for run in runs]
    first, last = min(days), max(days)
    scale = _scale((last - first).days)
    made: dict[date, Period] = {}
    at = scale.begin(first)
    while at <= last:
        made[at] = Period(scale.name(at), scale.label(at))
        at = scale.begin(at + scale.step)
    for run, day in zip(runs, days, strict=True):
        _add(made[scale.begin(day)], run)
    return tuple(made.values())


def _add(period: Period, run: Figures) -> None:
    period.runs += 1
    period.good += run.good
    period.judged += run.judged
    period.usd[run.task] = period.usd.get(run.task, 0.0) + (run.cost.get("actual_usd") or 0.0)


class _Scale(NamedTuple):
    """How time is cut.

    Attributes:
        step: leads from the begin of a period into the next one, however long both are.
    """

    begin: Callable[[date], date]
    step: timedelta
    name: Callable[[date], str]
    label: Callable[[date], str]


def _scale(days: int) -> _Scale:
    """The scale for a span of so many days."""
    if days < _MOST:
        return _Scale(_day, timedelta(days=1), date.isoformat, _day_label)
    if days < (_MOST - 1) * _DAYS_OF_WEEK:
        return _Scale(_week, timedelta(days=7), lambda at: f"week of {at.isoformat()}", _day_label)
    if days < _LONGEST_MONTHS:
        return _Scale(
            _month, timedelta(days=31), lambda at: f"{at:%Y-%m}", lambda at: f"{at:%b %Y}"
        )
    return _Scale(_year, timedelta(days=366), lambda at: f"{at:%Y}", lambda at: f"{at:%Y}")


def _day_label(day: date) -> str:
    return f"{day.day} {day:%b}"


def _day(day: date) -> date:
    return day


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _month(day: date) -> date:
    return day.replace(day=1)


def _year(day: date) -> date:
    return day.replace(month=1, day=1)
