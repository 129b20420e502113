"""Where a run stands, as one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from processor.core.operation import JobView
from processor.core.state import FINAL, State, has_ended


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """One job: what the journal knows, and the service's word of just now if it was asked."""

    number: int
    name: str | None
    state: State
    service_state: str | None
    answered: int | None
    items: int
    age_seconds: float | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A run at this moment.

    Attributes:
        answered: requests the service has dealt with, of ``items``; None when it did not say.
        collectable: whether every job has ended, so that ``resume`` brings the results.
        cost_usd: what the judged answers cost; None before the end or without a price.
    """

    run: str
    task: str
    model: str
    state: State
    reason: str | None
    items: int
    answered: int | None
    collectable: bool
    created_at: str
    ended_at: str | None
    counts: dict[str, int] | None
    cost_usd: float | None
    jobs: tuple[JobStatus, ...]

    @property
    def id(self) -> str:
        """The run's id."""
        return self.run

    @property
    def job(self) -> str | None:
        """The name of the first job; None before it is made, and where every answer was known."""
        return next((job.name for job in self.jobs if job.name), None)

    def as_json(self) -> dict[str, Any]:
        """The status as JSON shows it."""
        return asdict(self)


def run_state(own: State, jobs: Sequence[State]) -> State:
    """A run's state: its own at the ends of its life, between them that of its last job in line."""
    if own in FINAL or own is State.BUILDING or not jobs:
        return own
    order = list(State)
    return min(jobs, key=order.index)


def is_collectable(own: State, jobs: Sequence[tuple[State, JobView | None]]) -> bool:
    """Whether nothing but fetching and judging is left to do."""
    if own in FINAL or not jobs:
        return False
    after = (State.ENDED, State.FETCHED, State.FAILED)
    return all(s in after or (v is not None and has_ended(v.state)) for s, v in jobs)
