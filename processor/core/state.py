"""Where a run and its jobs stand: the life cycle as one table."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """The states of the crash table (DESIGN §7), least advanced first.

    BUILDING, BUILT, DONE and FAILED are a run's own; from BUILT to FETCHED each of its jobs has one.
    """

    BUILDING = "BUILDING"
    BUILT = "BUILT"
    UPLOADED = "UPLOADED"
    SUBMITTING = "SUBMITTING"
    SUBMITTED = "SUBMITTED"
    ENDED = "ENDED"
    FETCHED = "FETCHED"
    DONE = "DONE"
    FAILED = "FAILED"


MOVES: dict[State, frozenset[State]] = {
    State.BUILDING: frozenset({State.BUILDING, State.BUILT, State.FAILED}),
    State.BUILT: frozenset({State.UPLOADED, State.FAILED, State.DONE}),
    # An upload too old to be trusted is made again; a definite refusal of create takes us back here.
    State.UPLOADED: frozenset({State.BUILT, State.UPLOADED, State.SUBMITTING, State.FAILED}),
    State.SUBMITTING: frozenset({State.UPLOADED, State.SUBMITTING, State.SUBMITTED, State.FAILED}),
    State.SUBMITTED: frozenset({State.ENDED, State.FAILED}),
    State.ENDED: frozenset({State.FETCHED, State.FAILED}),
    State.FETCHED: frozenset({State.DONE, State.FAILED}),
    State.DONE: frozenset(),
    State.FAILED: frozenset(),
}
"""Every legal move; a test tries all the others."""

FINAL = frozenset({State.DONE, State.FAILED})

_ENDED_STATES = frozenset({"SUCCEEDED", "PARTIALLY_SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"})
SUCCESSFUL_STATES = frozenset({"SUCCEEDED", "PARTIALLY_SUCCEEDED"})


def is_lost(state: str, service_state: str | None) -> bool:
    """Whether a job came to no good end: it did not succeed, or its answers were deleted."""
    return state == State.FAILED or service_state not in SUCCESSFUL_STATES


def service_state(raw: str | None) -> str:
    """The service's word without its prefix: ``BATCH_STATE_RUNNING`` and ``JOB_STATE_RUNNING`` are one.

    A state nobody knows is shown as it is; none at all is ``UNSPECIFIED``.
    """
    if not raw:
        return "UNSPECIFIED"
    return raw.removeprefix("BATCH_STATE_").removeprefix("JOB_STATE_")


def has_ended(state: str) -> bool:
    """Whether the service will do no more for a job in this state; unknown states have not ended."""
    return state in _ENDED_STATES
