"""The overview: what the runs of a folder add up to, as one value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from processor.core.figures import Figures
from processor.core.period import Period

_MOST_FINDINGS = 20


@dataclass(slots=True)
class Sum:
    """What some runs add up to.

    Attributes:
        actual_usd: of the runs with a known price; None when none has one.
        on_the_way_usd: what runs that have not ended are expected to cost.
    """

    name: str
    runs: int = 0
    running: int = 0
    good: int = 0
    judged: int = 0
    actual_usd: float | None = None
    saved_usd: float | None = None
    on_the_way_usd: float | None = None

    def add(self, run: Figures) -> None:
        """Count one run."""
        self.runs += 1
        self.good += run.good
        self.judged += run.judged
        self.actual_usd = _plus(self.actual_usd, run.cost.get("actual_usd"))
        self.saved_usd = _plus(self.saved_usd, run.cost.get("saved_usd"))
        if not run.ended:
            self.running += 1
            self.on_the_way_usd = _plus(self.on_the_way_usd, run.expected_usd)


@dataclass(slots=True)
class Repeated:
    """A rule that answers break, run after run."""

    rule: str
    runs: int = 0
    times: int = 0
    tasks: Counter[str] = field(default_factory=Counter)
    newest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSuggestion:
    """A change of a task's rules that would accept more of its newest run.

    Attributes:
        number: from 1, within its run's report.
        suggestion: as reports have it: ``table``, ``line``, ``reason``, ``items``, ``example``.
    """

    run: str
    task: str
    number: int
    suggestion: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One run in the list.

    Attributes:
        state: of its jobs, where it has not ended.
        answered: of ``figures.items``, as the service last said; None when it did not.
        age: seconds since it was made.
        seconds: for which it has been running, or ran.
        link: its page; None when there is none.
    """

    figures: Figures
    state: str
    answered: int | None
    age: float
    seconds: float
    link: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which runs are listed.

    Attributes:
        words: each must stand in the run's id, its task's name or its model's.
        state: ``running``, ``done`` or ``failed``; empty: all.
        page: from 1.
    """

    words: str = ""
    task: str = ""
    state: str = ""
    page: int = 1

    def takes(self, run: Figures) -> bool:
        """Whether ``run`` is listed."""
        if self.task and run.task != self.task:
            return False
        if self.state and self.state != ("running" if not run.ended else run.state.lower()):
            return False
        text = f"{run.run} {run.task} {run.model}".lower()
        return all(word in text for word in self.words.lower().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What a folder's runs add up to, and some of them.

    Attributes:
        made_at: when it was looked at.
        service: the address all runs went to; None before the first.
        tasks: those that cost most first.
        periods: of equal length, without gaps, the oldest first.
        findings: in more than one run, those in most runs first.
        lines: the runs of one page of those chosen, newest first; of ``found``, on ``pages`` pages.
    """

    made_at: datetime
    service: str | None
    total: Sum
    tasks: tuple[Sum, ...]
    periods: tuple[Period, ...]
    findings: tuple[Repeated, ...]
    suggestions: tuple[OpenSuggestion, ...]
    choice: Choice
    lines: tuple[RunLine, ...]
    found: int
    pages: int


def total(runs: Iterable[Figures]) -> Sum:
    """The sum of all."""
    made = Sum("all")
    for run in runs:
        made.add(run)
    return made


def by_task(runs: Iterable[Figures]) -> tuple[Sum, ...]:
    """A sum for each task, those that cost most first.

    Law: what they add up to is the total.
    """
    tasks: dict[str, Sum] = {}
    for run in runs:
        tasks.setdefault(run.task, Sum(run.task)).add(run)
    return tuple(sorted(tasks.values(), key=lambda one: (-(one.actual_usd or 0), one.name)))


def repeated(runs: Iterable[Figures]) -> tuple[Repeated, ...]:
    """The rules that were broken in more than one run, at most twenty.

    Args:
        runs: oldest first.
    """
    rules: dict[str, Repeated] = {}
    for run in runs:
        for rule, times in run.findings.items():
            one = rules.setdefault(rule, Repeated(rule))
            one.runs += 1
            one.times += times
            one.tasks[run.task] += 1
            one.newest = run.run
    found = [one for one in rules.values() if one.runs > 1]
    found.sort(key=lambda one: (-one.runs, -one.times, one.rule))
    return tuple(found[:_MOST_FINDINGS])


def _plus(one: float | None, other: float | None) -> float | None:
    return one if other is None else (one or 0.0) + other
