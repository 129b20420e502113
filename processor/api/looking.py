"""Looking at a run without driving it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from processor.api.workplace import Workplace
from processor.core.advice import advice
from processor.core.fault import GatewayFault
from processor.core.json_bytes import decode
from processor.core.operation import JobView
from processor.core.plan import read_display_name
from processor.core.state import FINAL, State
from processor.core.status import JobStatus, Status, is_collectable, run_state
from processor.errors import DiskFailed, NotFinished, ServiceRefused
from processor.ports import JobRow, RunRow
from processor.steps.namesakes import all_jobs
from processor.steps.save import ENVELOPES


def status_of(place: Workplace, run: RunRow, *, look: bool) -> Status:
    """Where ``run`` stands.

    Args:
        look: ask the service once about each job that runs; its silence is only told.
    """
    jobs = place.journal.jobs(run.id)
    views = [_look(place, job) if look else None for job in jobs]
    shown = tuple(_job(place, job, view) for job, view in zip(jobs, views, strict=True))
    answered = [job.answered for job in shown if job.answered is not None]
    result = run.result or {}
    return Status(
        run=run.id,
        task=run.task,
        model=run.model,
        state=run_state(run.state, [job.state for job in jobs]),
        reason=run.reason,
        items=run.item_count,
        answered=sum(answered) if answered else None,
        collectable=is_collectable(
            run.state, [(job.state, view) for job, view in zip(jobs, views, strict=True)]
        ),
        created_at=run.created_at,
        ended_at=run.ended_at,
        counts=result.get("counts"),
        cost_usd=result.get("cost", {}).get("actual_usd"),
        jobs=shown,
    )


def envelopes(place: Workplace, run: RunRow) -> Iterator[dict[str, Any]]:
    """The envelopes of a run that has ended, in input order, one in memory at a time.

    Raises:
        NotFinished: it has not ended.
    """
    if run.state not in FINAL:
        raise NotFinished(
            f"Run {run.id} has no results yet: it is {run.state}. "
            f"`truebatch resume {run.id}` brings them.",
            run=run.id,
        )
    return _read(place.layout.run(run.id) / ENVELOPES)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            for line in file:
                yield decode(line)
    except OSError as error:
        raise DiskFailed(f"{path}: {error.strerror or error}.") from None


def _look(place: Workplace, job: JobRow) -> JobView | None:
    if job.state is not State.SUBMITTED or job.name is None:
        return None
    place.service.check(place.journal)
    try:
        return place.gateway().get(job.name)
    except GatewayFault as fault:
        place.observer.warn(f"The service was asked about {job.name} and did not answer: {fault}")
        return None


def _job(place: Workplace, job: JobRow, view: JobView | None) -> JobStatus:
    age = None
    if job.submitted_at and job.state is State.SUBMITTED:
        age = (place.clock.now() - datetime.fromisoformat(job.submitted_at)).total_seconds()
    stats = view.stats if view else None
    return JobStatus(
        number=job.number,
        name=job.name,
        state=job.state,
        service_state=view.state if view else job.service_state,
        answered=stats.answered if stats else job.answered,
        items=job.item_count,
        age_seconds=age,
        error=(view.error if view else None) or job.error,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteJob:
    """A job of the key's project.

    Attributes:
        run: the run of this journal that made it, None when another made it.
        ours: whether truebatch made it, here or elsewhere.
    """

    view: JobView
    run: str | None
    ours: bool

    def as_json(self) -> dict[str, Any]:
        """The job as JSON shows it."""
        return {**asdict(self.view), "run": self.run, "ours": self.ours}


def remote_jobs(place: Workplace) -> Iterator[RemoteJob]:
    """All jobs of the key's project, as the service lists them.

    Raises:
        ServiceRefused: the list cannot be read.
    """
    try:
        for view in all_jobs(place.gateway()):
            row = place.journal.run(view.name)
            ours = row is not None or read_display_name(view.display_name) is not None
            yield RemoteJob(view=view, run=row.id if row else None, ours=ours)
    except GatewayFault as fault:
        raise ServiceRefused(f"The jobs could not be listed: {fault}. {advice(fault)}") from None


def chain(place: Workplace, run: RunRow) -> dict[str, Any]:
    """What the run, those it retries and those that retry it add up to.

    Returns:
        ``{"runs": [id], "counts": {outcome: n}, "cost_usd", "tokens"}``: each item counts once, with
        its newest outcome; every answer's cost counts.
    """
    while run.retry_of is not None:
        run = place.row(run.retry_of)
    members = list(family(place, run))
    ended = [member.result for member in members if member.result]
    tokens: Counter[str] = Counter()
    for result in ended:
        tokens.update(result["tokens"])
    costs = [result["cost"]["actual_usd"] for result in ended]
    return {
        "runs": [member.id for member in members],
        "counts": dict(place.journal.newest_outcomes([member.id for member in members])),
        "cost_usd": None if None in costs or not costs else round(sum(costs), 6),
        "tokens": dict(tokens),
    }


def family(place: Workplace, run: RunRow) -> Iterator[RunRow]:
    """The run, and all that retry it, those it was made before first."""
    yield run
    for child in place.journal.retries(run.id):
        yield from family(place, place.row(child))
