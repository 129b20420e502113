"""Driving: the jobs of a run admitted, polled and fetched, one look at each an interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from processor.core.admission import Room, admit
from processor.core.canary import HELD_BACK
from processor.core.state import State
from processor.errors import NotFinished
from processor.ports import Files, Gateway, JobRow, Journal, RunRow
from processor.steps.fetch import Fetching
from processor.steps.patience import Patience
from processor.steps.poll import Polling
from processor.steps.submit import StillBusy, Submission, two_jobs

# A job lives 48 h, waiting and running together (batch guide, read 2026-11-21); an hour for clocks.
_LONGEST_LIFE = timedelta(hours=49)
_WAITING = (State.BUILT, State.UPLOADED)
_ON_THE_SERVICE = (State.SUBMITTING, State.SUBMITTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """Takes the jobs of one run from BUILT to FETCHED.

    There is no barrier: at every tick the jobs that have ended are fetched, and as many of those that
    wait are submitted as there is room for.

    Attributes:
        gateway: makes the connection when it is first needed.
        judge_canary: says why the rest must not be sent, after the first job; None without a canary.
    """

    gateway: Callable[[], Gateway]
    journal: Journal
    files: Files
    patience: Patience
    folder: Path
    run: RunRow
    room: Room
    judge_canary: Callable[[JobRow], str | None] | None = None

    def submit(self) -> None:
        """Submit what there is room for.

        A job whose create was cut is decided first: it takes room, or it waits.

        Raises:
            ServiceRefused: a definite no, or no job of ours is active whose end would make room.
        """
        for job in self._jobs(State.SUBMITTING):
            self._submit(job, alone=True)
        waiting = self._ready()
        since = self.patience.clock.now() - _LONGEST_LIFE
        active = self.journal.active_tokens(self.run.model, since=since.isoformat())
        for job in waiting[: admit([job.tokens for job in waiting], active, self.room)]:
            alone = not active
            if not self._submit(job, alone=alone):
                return
            active = [*active, job.tokens]

    def finish(self, *, deadline: float | None, look_now: bool) -> None:
        """Go on until every job has been fetched, or has failed.

        Args:
            deadline: on the clock's monotonic seconds; None to wait for ever.
            look_now: the first look is taken at once, not after an interval.

        Raises:
            NotFinished: the deadline came first; the jobs go on.
        """
        polling = Polling(gateway=self.gateway, journal=self.journal, patience=self.patience)
        wait = not look_now
        while True:
            self._fetch_ended()
            if not self._jobs(*_WAITING, *_ON_THE_SERVICE):
                return
            if wait:
                self._wait(deadline)
            wait = True
            for job in self._jobs(State.SUBMITTED):
                polling.look(job)
            self._fetch_ended()
            self.submit()

    def _ready(self) -> list[JobRow]:
        """The jobs that wait for nothing but room."""
        waiting = self._jobs(*_WAITING)
        if self.judge_canary is None or not waiting or waiting[0].number == 1:
            return waiting if self.judge_canary is None else waiting[:1]
        canary = self.journal.jobs(self.run.id)[0]
        if canary.state not in (State.FETCHED, State.FAILED):
            return []
        against = self.judge_canary(canary)
        if against is None:
            return waiting
        self.patience.observer.warn(f"The rest is not sent: {against}.")
        for job in waiting:
            self.journal.move_job(job, State.FAILED, service_state=HELD_BACK, error=against)
        return []

    def _submit(self, job: JobRow, *, alone: bool) -> bool:
        """Whether the job is on the service now; when others of ours are, a 429 waits for them."""
        submission = self.submission(patient=alone)
        try:
            made = submission.submit(job)
        except StillBusy as busy:
            if alone:
                raise
            self.patience.observer.step("submit", f"{busy.fault}; the next tick asks again")
            return False
        self.patience.observer.step("submit", f"{made.name} asks for {made.request_count:,} items")
        return True

    def submission(self, *, patient: bool = True) -> Submission:
        """The submit step for this run."""
        return Submission(
            gateway=self.gateway(),
            journal=self.journal,
            patience=self.patience,
            folder=self.folder,
            model=self.run.model,
            patient=patient,
        )

    def _fetch_ended(self) -> None:
        for job in self._jobs(State.ENDED):
            if job.unclear:
                self._look_for_twins(job)
            fetching = Fetching(
                gateway=self.gateway(),
                journal=self.journal,
                files=self.files,
                patience=self.patience,
                folder=self.folder,
            )
            fetching.fetch(job)

    def _look_for_twins(self, job: JobRow) -> None:
        """A create of which nobody knew what came may have made a second job, listed only later."""
        submission = self.submission()
        found = self.patience.ask("fetch", lambda: submission.namesakes(job))
        if len(found) > 1:
            raise two_jobs(job, found)

    def _wait(self, deadline: float | None) -> None:
        clock, interval = self.patience.clock, self.patience.interval_seconds
        left = interval if deadline is None else deadline - clock.monotonic()
        clock.wait(max(0.0, min(interval, left)))
        if left < interval:
            raise NotFinished(self._where(), run=self.run.id)

    def _where(self) -> str:
        jobs = self.journal.jobs(self.run.id)
        running = [
            f"{job.name} is {job.service_state}" for job in jobs if job.state is State.SUBMITTED
        ]
        waiting = sum(job.state in _WAITING for job in jobs)
        said = [*running[:3], *([f"{waiting} jobs wait for room"] if waiting else [])]
        return (
            f"Run {self.run.id} is not finished: {', '.join(said)}. What is on the service goes on; "
            f"`truebatch resume {self.run.id}` waits again and collects."
        )

    def _jobs(self, *states: State) -> list[JobRow]:
        return [job for job in self.journal.jobs(self.run.id) if job.state in states]
