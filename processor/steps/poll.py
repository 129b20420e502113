"""poll: look at the job once an interval until it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from processor.core.advice import advice
from processor.core.fault import FaultKind, GatewayFault
from processor.core.operation import JobView
from processor.core.state import State
from processor.errors import NotFinished, ServiceRefused
from processor.ports import Gateway, JobRow, Journal
from processor.steps.patience import Patience

_NOT_FOUND = 404
GONE = "GONE"
"""The state we give a job that the service no longer knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """All that polling needs.

    Attributes:
        deadline: on the clock's monotonic seconds; None to wait for ever.
    """

    gateway: Gateway
    journal: Journal
    patience: Patience
    deadline: float | None

    def poll(self, job: JobRow, *, look_now: bool) -> JobRow:
        """Take ``job`` from SUBMITTED to ENDED, whatever it ended as.

        Args:
            look_now: the first look is taken at once, not after an interval.

        Raises:
            NotFinished: the deadline came first; the job goes on.
            ServiceRefused: the key is not accepted any more; the job goes on.
        """
        wait = not look_now
        while True:
            if wait:
                self._wait(job)
            wait = True
            job = self._look(job)
            if job.state is State.ENDED:
                return job

    def _wait(self, job: JobRow) -> None:
        clock, interval = self.patience.clock, self.patience.interval_seconds
        if self.deadline is None:
            clock.wait(interval)
            return
        left = self.deadline - clock.monotonic()
        clock.wait(max(0.0, min(interval, left)))
        if left < interval:
            raise NotFinished(
                f"Run {job.run} is not finished: {job.name} is {job.service_state}. The job goes on; "
                f"`truebatch resume {job.run}` waits again and collects.",
                run=job.run,
            )

    def _look(self, job: JobRow) -> JobRow:
        assert job.name is not None
        try:
            view = self.gateway.get(job.name)
        except GatewayFault as fault:
            if fault.status == _NOT_FOUND:
                message = f"the service does not know {job.name} any more: {fault.message}"
                return self.journal.move_job(job, State.ENDED, service_state=GONE, error=message)
            if fault.kind is FaultKind.REFUSED:
                raise ServiceRefused(
                    f"{fault}. {advice(fault)} The job {job.name} goes on; with a key that is "
                    f"accepted, `truebatch resume {job.run}` takes it up again.",
                    run=job.run,
                ) from None
            # A failed poll is never a failed job.
            self.patience.observer.step("poll", f"no answer ({fault}); the job goes on")
            return job
        return self._note(job, view)

    def _note(self, job: JobRow, view: JobView) -> JobRow:
        self.patience.observer.polled(
            view,
            age_seconds=self.age_seconds(job),
            next_poll_seconds=0.0 if view.ended else self.patience.interval_seconds,
        )
        answered = view.stats.answered if view.stats else None
        if view.ended:
            return self.journal.move_job(
                job,
                State.ENDED,
                service_state=view.state,
                answered=answered,
                error=view.error,
                answers_file=view.answers_file,
            )
        if (view.state, answered) != (job.service_state, job.answered):
            return self.journal.note_job(job, service_state=view.state, answered=answered)
        return job

    def age_seconds(self, job: JobRow) -> float:
        """Seconds since the job was made."""
        now = self.patience.clock.now()
        return (now - datetime.fromisoformat(job.submitted_at or now.isoformat())).total_seconds()
