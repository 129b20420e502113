"""poll: look at a job, once an interval, until it has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from processor.core.advice import advice
from processor.core.fault import FaultKind, GatewayFault
from processor.core.operation import JobView
from processor.core.state import State
from processor.errors import NotFinished
from processor.ports import Gateway, JobRow, Journal
from processor.steps.absence import Presence, look_for, not_found
from processor.steps.patience import Patience

_NOT_FOUND = 404
GONE = "GONE"
"""The state we give a job that the service no longer knows."""
MISSING = "MISSING"
"""The state we give a job that the service did not know at the last look; the next one decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """All that polling needs."""

    gateway: Callable[[], Gateway]
    journal: Journal
    patience: Patience

    def look(self, job: JobRow) -> JobRow:
        """One look at a SUBMITTED job: it stays so, or is ENDED, whatever it ended as.

        Raises:
            NotFinished: the key is not accepted any more; the job goes on.
            JobUnknown: the key may be of another project.
        """
        assert job.name is not None
        try:
            view = self.gateway().get(job.name)
        except GatewayFault as fault:
            return self._unanswered(job, fault)
        return self._note(job, view)

    def _unanswered(self, job: JobRow, fault: GatewayFault) -> JobRow:
        if fault.status == _NOT_FOUND:
            return self._missing(job, fault)
        if fault.kind is FaultKind.REFUSED:
            raise NotFinished(
                f"{fault}. {advice(fault)} The job {job.name} goes on; with a key that is "
                f"accepted, `truebatch resume {job.run}` takes it up again.",
                run=job.run,
            )
        # A failed poll is never a failed job.
        self.patience.observer.step("poll", f"no answer ({fault}); the job goes on")
        return job

    def _missing(self, job: JobRow, fault: GatewayFault) -> JobRow:
        """A job is gone when two looks in a row say so, of a project that is proven to be its own.

        Raises:
            JobUnknown: it may be another project; nothing is given up.
        """
        if job.service_state != MISSING:
            self.patience.observer.step("poll", f"{fault}; the next look decides")
            return self.journal.note_job(job, service_state=MISSING)
        try:
            presence = look_for(job, gateway=self.gateway(), patience=self.patience, step="poll")
        except GatewayFault as again:
            self.patience.observer.step("poll", f"no answer ({again}); the next look decides")
            return job
        if presence is Presence.UNKNOWN:
            raise not_found(job, fault)
        if presence is Presence.HERE:
            return job
        message = f"the service does not know {job.name} any more: {fault.message}"
        self.patience.observer.warn(message)
        return self.journal.move_job(job, State.ENDED, service_state=GONE, error=message)

    def _note(self, job: JobRow, view: JobView) -> JobRow:
        self.patience.observer.polled(
            view,
            age_seconds=self._age_seconds(job),
            next_poll_seconds=0.0 if view.ended else self.patience.interval_seconds,
        )
        answered = view.stats.answered if view.stats else None
        if view.ended:
            return self._end(job, view, answered)
        if (view.state, answered) != (job.service_state, job.answered):
            return self.journal.note_job(job, service_state=view.state, answered=answered)
        return job

    def _end(self, job: JobRow, view: JobView, answered: int | None) -> JobRow:
        if view.error:
            self.patience.observer.warn(f"{view.name} {view.state}: {view.error}")
        return self.journal.move_job(
            job,
            State.ENDED,
            service_state=view.state,
            answered=answered,
            error=view.error,
            answers_file=view.answers_file,
            ended_at=view.ended_at or self.patience.clock.now().isoformat(),
        )

    def _age_seconds(self, job: JobRow) -> float:
        now = self.patience.clock.now()
        return (now - datetime.fromisoformat(job.submitted_at or now.isoformat())).total_seconds()
