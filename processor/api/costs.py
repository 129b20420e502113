"""Costs and what they teach: the runs of the journal, as plans and cost reports look at them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from processor.api.workplace import Workplace
from processor.core.costs import By, CostReport, cost_report
from processor.core.history import History, PastRun, learn
from processor.core.model import Model
from processor.core.saving import ThriftModel
from processor.core.spending import read_output
from processor.core.state import FINAL, SUCCESSFUL_STATES
from processor.errors import WrongUsage
from processor.ports import JobRow, RunRow


def costs(place: Workplace, *, since: date | None = None, by: str = By.RUN) -> CostReport:
    """What the runs of the outputs folder cost.

    Args:
        since: leave out runs made before this day (UTC).
        by: what makes a row: ``run``, ``task``, ``model`` or ``day``.

    Raises:
        WrongUsage: there is no such kind of row.
    """
    if by not in list(By):
        raise WrongUsage(f"Costs are shown by {', '.join(By)}, not by {by!r}.")
    runs = list(past_runs(place))
    today = place.clock.now().date()
    models = {name: _thrift(model, today) for name, model in place.models.items()}
    service = place.journal.service() or place.service.address
    return cost_report(reversed(runs), service=service, by=By(by), since=since, models=models)


def history(place: Workplace, *, task: str, model: str) -> History:
    """What the runs of the outputs folder teach about one of ``task`` with ``model``."""
    return learn(past_runs(place), task=task, model=model)


def past_runs(place: Workplace) -> Iterator[PastRun]:
    """The runs of the journal, newest first."""
    return (past_run(row, place.journal.jobs(row.id)) for row in place.journal.runs())


def past_run(row: RunRow, jobs: Iterable[JobRow]) -> PastRun:
    """A run as costs and plans look at it; what an older version did not record is None."""
    jobs = tuple(jobs)
    result = row.result or {}
    cost = result.get("cost") or {}
    spending = result.get("spending")
    estimate = _estimate(row)
    return PastRun(
        run=row.id,
        task=row.task,
        model=row.model,
        created_at=row.created_at,
        ended=row.state in FINAL,
        requests=sum(job.request_count for job in jobs),
        answers=None if spending is None else sum(spending["answers"].values()),
        counts=result.get("counts"),
        tokens=result.get("tokens") or {},
        actual_usd=cost.get("actual_usd"),
        interactive_usd=cost.get("interactive_usd"),
        estimate=estimate,
        spending=spending,
        output=None if spending is None else read_output(spending),
        prompt_sha256=result.get("prompt_sha256"),
        prefix_tokens=None if estimate is None else estimate.get("prefix_tokens"),
        job_seconds=tuple(_seconds(job) for job in jobs if _has_succeeded(job)),
    )


def _estimate(row: RunRow) -> Mapping[str, Any] | None:
    """The run's estimate as JSON; kept with its options, and with its result when it has ended."""
    found: Mapping[str, Any] | None = row.options.get("estimate")
    return found or (row.result or {}).get("estimate")


def _has_succeeded(job: JobRow) -> bool:
    known = job.submitted_at is not None and job.ended_at is not None
    return known and job.service_state in SUCCESSFUL_STATES


def _seconds(job: JobRow) -> float:
    begun = datetime.fromisoformat(str(job.submitted_at))
    return max(0.0, (datetime.fromisoformat(str(job.ended_at)) - begun).total_seconds())


def _thrift(model: Model, day: date) -> ThriftModel:
    least = model.caching.least_tokens if model.caching else None
    return ThriftModel(price=model.price_on(day), least_cached=least)
