"""The cost report: what runs were estimated to cost, did cost, and would have cost one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from processor.core.history import PastRun
from processor.core.saving import (
    Advice,
    PromptChange,
    ThriftModel,
    advise,
    prompt_changes,
    read_change,
)

_CENTS = 6  # a millionth of a dollar
_TOKEN_KINDS = ("prompt", "cached", "output", "thoughts")
_LOST_KINDS = ("rejected", "truncated", "failed")


class By(StrEnum):
    """What makes a row of a cost report."""

    RUN = "run"
    TASK = "task"
    MODEL = "model"
    DAY = "day"


_NAME: Mapping[By, Callable[[PastRun], str]] = {
    By.RUN: lambda run: run.run,
    By.TASK: lambda run: run.task,
    By.MODEL: lambda run: run.model,
    By.DAY: lambda run: run.created_at[:10],
}


@dataclass(slots=True)
class CostRow:
    """The sums of some runs, in USD.

    Attributes:
        runs: those that have ended; of ``running`` only the estimate is known.
        unpriced: runs with no known price; their tokens count, their money does not.
        estimated_usd: what was expected of the runs that have an estimate; None when none has.
        lost_usd: spent on answers that are of no use: ``rejected``, ``truncated``, ``failed``. Part of
            ``actual_usd``; None when no run has recorded it.
    """

    name: str
    runs: int = 0
    running: int = 0
    unpriced: int = 0
    requests: int = 0
    tokens: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_TOKEN_KINDS, 0))
    estimated_usd: float | None = None
    on_the_way_usd: float | None = None
    actual_usd: float = 0.0
    interactive_usd: float = 0.0
    lost_usd: dict[str, float] | None = None

    def add(self, run: PastRun) -> None:
        """Count one run."""
        expected = _expected_usd(run)
        if not run.ended:
            self.running += 1
            self.on_the_way_usd = _plus(self.on_the_way_usd, expected)
            return
        self.runs += 1
        self.requests += run.requests
        for kind in _TOKEN_KINDS:
            self.tokens[kind] += run.tokens.get(kind, 0)
        if run.actual_usd is None or run.interactive_usd is None:
            self.unpriced += 1
            return
        self.actual_usd += run.actual_usd
        self.interactive_usd += run.interactive_usd
        self.estimated_usd = _plus(self.estimated_usd, expected)
        if run.spending is not None:
            lost = self.lost_usd or dict.fromkeys(_LOST_KINDS, 0.0)
            self.lost_usd = {kind: lost[kind] + run.spending["usd"][kind] for kind in _LOST_KINDS}

    def as_json(self) -> dict[str, Any]:
        """The row as JSON shows it, with what batch has saved."""
        value = asdict(self) | {"saved_usd": self.interactive_usd - self.actual_usd}
        money = {name: _rounded(amount) for name, amount in value.items() if name.endswith("_usd")}
        return value | money


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    """What runs cost.

    Attributes:
        since: runs made before this day are left out; None: all count.
        rows: in the order in which their first run was made.
        changes: what changes of a prompt did, oldest first.
        advice: what would cost less.
        service: the address all the runs went to.
    """

    service: str
    by: By
    since: date | None
    rows: tuple[CostRow, ...]
    total: CostRow
    changes: tuple[PromptChange, ...]
    advice: tuple[Advice, ...]

    def as_json(self) -> dict[str, Any]:
        """The report as JSON shows it."""
        return {
            "service": self.service,
            "by": self.by.value,
            "since": self.since.isoformat() if self.since else None,
            "rows": [row.as_json() for row in self.rows],
            "total": self.total.as_json(),
            "prompt_changes": [change.as_json() for change in self.changes],
            "advice": [one.as_json() for one in self.advice],
        }


def cost_report(
    runs: Iterable[PastRun],
    *,
    service: str,
    by: By = By.RUN,
    since: date | None = None,
    models: Mapping[str, ThriftModel] | None = None,
) -> CostReport:
    """Add runs up.

    Law: the rows' sums are the total's, whatever makes a row.

    Args:
        runs: oldest first.
        models: what advice needs to know of each model; without it there is less advice.
    """
    chosen = [run for run in runs if since is None or _day(run) >= since]
    rows: dict[str, CostRow] = {}
    total = CostRow("all")
    for run in chosen:
        name = _NAME[by](run)
        rows.setdefault(name, CostRow(name)).add(run)
        total.add(run)
    ended: Sequence[PastRun] = [run for run in chosen if run.ended]
    return CostReport(
        service=service,
        by=by,
        since=since,
        rows=tuple(rows.values()),
        total=total,
        changes=tuple(prompt_changes(ended)),
        advice=tuple(advise(ended, models or {})),
    )


def read_cost_report(shown: Mapping[str, Any]) -> CostReport:
    """The report that ``as_json`` showed."""
    return CostReport(
        service=shown["service"],
        by=By(shown["by"]),
        since=date.fromisoformat(shown["since"]) if shown["since"] else None,
        rows=tuple(_read_row(row) for row in shown["rows"]),
        total=_read_row(shown["total"]),
        changes=tuple(read_change(change) for change in shown["prompt_changes"]),
        advice=tuple(Advice(**one) for one in shown["advice"]),
    )


def _read_row(row: Mapping[str, Any]) -> CostRow:
    return CostRow(**{name: value for name, value in row.items() if name != "saved_usd"})


def _day(run: PastRun) -> date:
    return date.fromisoformat(run.created_at[:10])


def _expected_usd(run: PastRun) -> float | None:
    usd = run.estimate["batch_usd"] if run.estimate else None
    return None if usd is None else float(usd["expected"])


def _plus(one: float | None, other: float | None) -> float | None:
    return one if other is None else (one or 0.0) + other


def _rounded(amount: float | dict[str, float] | None) -> float | dict[str, float] | None:
    if isinstance(amount, dict):
        return {kind: round(value, _CENTS) for kind, value in amount.items()}
    return None if amount is None else round(amount, _CENTS)
