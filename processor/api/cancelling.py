"""Cancelling: the service is asked to stop; what it has answered is still ours."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from processor.api.workplace import Workplace
from processor.core.advice import advice
from processor.core.fault import FaultKind, GatewayFault
from processor.core.state import State
from processor.errors import ExitCode, JobFailed, ServiceRefused
from processor.pipeline import Driver
from processor.ports import JobRow, MovedMeanwhile, RunRow

_NEVER_SENT = "cancelled before it was submitted"


def cancel(place: Workplace, run: RunRow, driver: Callable[[RunRow], Driver]) -> None:
    """Stop the jobs of ``run``: those on the service are asked to, the others never go there.

    The process that drives the run need not be this one: it sees the end at its next poll. What a
    process that is gone has left undecided is decided here; ``resume`` must find nothing to send.

    Raises:
        ServiceRefused: the service could not be asked; the job goes on.
        JobUnknown: a job may exist, and it cannot be decided whether it does.
        DrivenElsewhere: another process is making a job of the run right now.
    """
    # Those that wait come first: the room that the others leave must not be theirs.
    for job in _jobs(place, run, State.BUILT, State.UPLOADED):
        _never_send(place, job)
    for job in _jobs(place, run, State.SUBMITTED):
        _ask(place, job)
    left = _jobs(place, run, State.BUILT, State.UPLOADED, State.SUBMITTING)
    if left or run.state is State.BUILDING:
        with place.driving(run.id):
            _cancel_what_was_cut(place, place.row(run.id), driver)


def _cancel_what_was_cut(place: Workplace, run: RunRow, driver: Callable[[RunRow], Driver]) -> None:
    """Nobody drives the run, and nobody else can begin to."""
    if run.state is State.BUILDING:
        place.journal.clear_items(run.id)
        why = {
            "kind": JobFailed.kind,
            "message": _NEVER_SENT,
            "exit_code": int(ExitCode.JOB_FAILED),
        }
        place.pipeline.refuse(run, {**why, "run": run.id})
        return
    for job in _jobs(place, run, State.SUBMITTING):
        decided = driver(run).submission().settle(job)
        if decided.state is State.SUBMITTED:
            _ask(place, decided)
    for job in _jobs(place, run, State.BUILT, State.UPLOADED):
        _never_send(place, job)


def _never_send(place: Workplace, job: JobRow) -> None:
    with suppress(MovedMeanwhile):
        place.journal.move_job(job, State.FAILED, service_state="CANCELLED", error=_NEVER_SENT)


def _jobs(place: Workplace, run: RunRow, *states: State) -> list[JobRow]:
    return [job for job in place.journal.jobs(run.id) if job.state in states]


def _ask(place: Workplace, job: JobRow) -> None:
    assert job.name is not None
    try:
        place.gateway().cancel(job.name)
    except GatewayFault as fault:
        if fault.kind is FaultKind.REFUSED and fault.status == 404:
            return  # gone: the next poll says so
        raise ServiceRefused(
            f"{job.name} was not cancelled: {fault}. {advice(fault)} It goes on.", run=job.run
        ) from None
    place.observer.step("submit", f"{job.name} is asked to stop")
