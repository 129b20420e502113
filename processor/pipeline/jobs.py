"""A run's jobs: made of request files, found by position, told in reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from processor.core.adoption import NEVER_SENT
from processor.core.canary import HELD_BACK
from processor.core.ids import RunId
from processor.core.plan import RequestFile, display_name
from processor.core.state import SUCCESSFUL_STATES, State
from processor.ports import JobRow
from validation import Finding

_JOB_RULES = {
    "EXPIRED": "job.expired",
    "CANCELLED": "job.cancelled",
    HELD_BACK: "job.held_back",
    NEVER_SENT: "job.never_sent",
}


def how_many(jobs: Sequence[JobRow]) -> str:
    """``1 job``, ``2 jobs``."""
    return "1 job" if len(jobs) == 1 else f"{len(jobs)} jobs"


def new_job(run: RunId, number: int, made: RequestFile, random_part: str) -> JobRow:
    """The job that asks for what ``made`` holds; BUILT."""
    return JobRow(
        run=run,
        number=number,
        state=State.BUILT,
        first_position=made.first_position,
        item_count=made.item_count,
        request_count=made.request_count,
        request_file=made.name,
        request_bytes=made.size_bytes,
        tokens=made.tokens,
        request_digest=made.digest,
        display_name=display_name(run, number, random_part, made.digest),
        upload_name=None,
        uploaded_at=None,
        name=None,
        unclear=0,
        submitted_at=None,
        ended_at=None,
        service_state=None,
        answered=None,
        error=None,
        answers_file=None,
    )


def job_of(jobs: tuple[JobRow, ...], position: int) -> JobRow:
    """The job that covers the item at ``position``."""
    return next(j for j in jobs if j.first_position <= position < j.first_position + j.item_count)


def absence(job: JobRow) -> Finding:
    """Why an item of ``job`` has no answer."""
    if job.service_state in SUCCESSFUL_STATES and job.state is State.FETCHED:
        return Finding(
            rule="account.missing", path="$", message="the result file has no answer for this item"
        )
    rule = _JOB_RULES.get(job.service_state or "", "job.failed")
    message = end_of(job)
    return Finding(rule=rule, path="$", message=message)


def end_of(job: JobRow) -> str:
    """How the job ended, and why, in one line."""
    name = job.name or f"job {job.number}"
    return f"{name} {job.service_state}: {job.error or 'no reason given'}"


def shown(job: JobRow) -> dict[str, Any]:
    """The job as reports show it."""
    return {
        "number": job.number,
        "name": job.name,
        "display_name": job.display_name,
        "state": job.state.value,
        "service_state": job.service_state,
        "items": job.item_count,
        "requests": job.request_count,
        "request_file": job.request_file,
        "request_bytes": job.request_bytes,
        "tokens": job.tokens,
        "submitted_at": job.submitted_at,
        "ended_at": job.ended_at,
        "error": job.error,
    }
