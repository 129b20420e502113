"""How a job stands at a moment: its state, its counts, its times."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.errors import message_for
from sandbox.options import JOB_SECONDS_LIMIT
from sandbox.records import Job

PENDING_SHARE = 0.25
"""The share of a job's time in which it waits."""
SETTLE_SECONDS = 0.2
"""How long a cancellation takes; three to seven seconds were seen live."""
ODD_SHARE = (0.4, 0.75)
"""The share of a job's time in which `odd_state` is shown."""


class State(StrEnum):
    """The states that a job goes through here."""

    PENDING = "BATCH_STATE_PENDING"
    RUNNING = "BATCH_STATE_RUNNING"
    SUCCEEDED = "BATCH_STATE_SUCCEEDED"
    PARTIALLY_SUCCEEDED = "BATCH_STATE_PARTIALLY_SUCCEEDED"
    FAILED = "BATCH_STATE_FAILED"
    CANCELLED = "BATCH_STATE_CANCELLED"
    EXPIRED = "BATCH_STATE_EXPIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a job shows at a moment. `state` is text, since `odd_state` may show anything."""

    state: str
    done: bool
    successful: int
    failed: int
    pending: int
    updated: float
    ended: float | None = None
    error: dict[str, Any] | None = None

    @property
    def has_results(self) -> bool:
        """Whether the job names results."""
        return self.state in (State.SUCCEEDED, State.PARTIALLY_SUCCEEDED)


def vanished(job: Job, now: float) -> bool:
    """Whether the service no longer knows this job (fault `vanished`)."""
    return job.fault("vanished") is not None and now >= job.created + job.seconds / 2


def served_rows(job: Job, now: float) -> int:
    """Rows answered so far: none while waiting, then evenly over the rest of the time."""
    waiting = job.seconds * PENDING_SHARE
    running = max(job.seconds - waiting, 1e-9)
    share = (now - job.created - waiting) / running
    return int(job.requests * min(max(share, 0.0), 1.0))


def standing(job: Job, now: float) -> Standing:
    """How `job` stands at `now` (seconds since 1970)."""
    if job.cancelled is not None:
        return _cancelled(job, job.cancelled, now)
    if job.seconds > JOB_SECONDS_LIMIT and now >= job.created + JOB_SECONDS_LIMIT:
        return _without_results(job, State.EXPIRED, job.created + JOB_SECONDS_LIMIT, None)
    end = job.created + job.seconds
    if now < end:
        return _under_way(job, now)
    early = _ended_without_results(job, end)
    if early is not None:
        return early
    if job.ready is None:
        # The results are still being written: the job takes as long as that takes.
        return _under_way(job, end)
    state = State.SUCCEEDED if job.fault("job_partial") is None else State.PARTIALLY_SUCCEEDED
    return _with_results(job, state, max(end, job.ready))


def _under_way(job: Job, now: float) -> Standing:
    elapsed = now - job.created
    served = served_rows(job, now)
    failed = min(served * job.failed // job.requests if job.requests else 0, job.failed)
    state: str = State.PENDING if elapsed < job.seconds * PENDING_SHARE else State.RUNNING
    odd = job.fault("odd_state")
    if odd is not None and ODD_SHARE[0] <= elapsed / max(job.seconds, 1e-9) < ODD_SHARE[1]:
        state = odd or "BATCH_STATE_PAUSED"
    return Standing(
        state=state,
        done=False,
        successful=served - failed,
        failed=failed,
        pending=job.requests - served,
        updated=job.created if state == State.PENDING else now,
    )


def _ended_without_results(job: Job, end: float) -> Standing | None:
    failed = job.fault("job_failed")
    if failed is not None:
        code = int(failed) if failed else 13
        return _without_results(
            job, State.FAILED, end, {"code": code, "message": message_for(code)}
        )
    if job.fault("job_expired") is not None:
        return _without_results(job, State.EXPIRED, end, None)
    if job.fault("job_cancelled") is not None:
        return _without_results(job, State.CANCELLED, end, _cancel_error(job))
    return None


def _cancel_error(job: Job) -> dict[str, Any]:
    # Seen live: code 13 and these words, although the Discovery text promises code 1.
    return {"code": 13, "message": f"Batch {job.id} failed without error."}


def _cancelled(job: Job, asked: float, now: float) -> Standing:
    settled = asked + SETTLE_SECONDS
    if job.served is None:
        if now < settled:
            return _under_way(job, asked)
        return _without_results(job, State.CANCELLED, settled, _cancel_error(job))
    if now < settled or job.ready is None:
        return _under_way(job, asked)
    return _with_results(job, State.SUCCEEDED, max(settled, job.ready))


def _without_results(job: Job, state: State, end: float, error: dict[str, Any] | None) -> Standing:
    return Standing(
        state=state,
        done=True,
        successful=0,
        failed=0,
        pending=job.requests,
        updated=end,
        ended=end,
        error=error,
    )


def _with_results(job: Job, state: State, end: float) -> Standing:
    return Standing(
        state=state,
        done=True,
        successful=job.requests - job.failed,
        failed=job.failed,
        pending=0,
        updated=end,
        ended=end,
    )
