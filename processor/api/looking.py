"""Looking at a run without driving it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from processor.api.workplace import Workplace
from processor.core.fault import GatewayFault
from processor.core.json_bytes import decode
from processor.core.operation import JobView
from processor.core.state import FINAL, State
from processor.core.status import JobStatus, Status, is_collectable, run_state
from processor.errors import DiskFailed, NotFinished
from processor.ports import JobRow, RunRow
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
