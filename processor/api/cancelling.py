"""Cancelling: the service is asked to stop; what it has answered is still ours."""

from __future__ import annotations

from contextlib import suppress

from processor.api.workplace import Workplace
from processor.core.advice import advice
from processor.core.fault import FaultKind, GatewayFault
from processor.core.state import State
from processor.errors import ServiceRefused
from processor.ports import JobRow, MovedMeanwhile, RunRow

_NEVER_SENT = "cancelled before it was submitted"


def cancel(place: Workplace, run: RunRow) -> None:
    """Stop the jobs of ``run``: those on the service are asked to, the others never go there.

    The process that drives the run need not be this one: it sees the end at its next poll.

    Raises:
        ServiceRefused: the service could not be asked; the job goes on.
        DrivenElsewhere: another process is making a job of the run right now.
    """
    # Those that wait come first: the room that the others leave must not be theirs.
    for job in _jobs(place, run, State.BUILT, State.UPLOADED):
        with suppress(MovedMeanwhile):
            place.journal.move_job(job, State.FAILED, service_state="CANCELLED", error=_NEVER_SENT)
    for job in _jobs(place, run, State.SUBMITTED):
        _ask(place, job)
    if (
        _jobs(place, run, State.BUILT, State.UPLOADED, State.SUBMITTING)
        or run.state is State.BUILDING
    ):
        with place.driving(run.id):
            pass  # nobody is at it: resume decides what was cut


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
