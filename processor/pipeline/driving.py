"""Driving: the jobs of a run admitted, polled and fetched, one look at each an interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from processor.core.admission import Room, admit
from processor.core.canary import HELD_BACK
from processor.core.fault import GatewayFault
from processor.core.state import State
from processor.errors import HeldBack, NotFinished, ServiceRefused
from processor.pipeline.binding import Binder
from processor.pipeline.jobs import how_many
from processor.ports import ActiveJob, Files, Gateway, JobRow, Journal, MovedMeanwhile, RunRow
from processor.steps.fetch import Fetching
from processor.steps.namesakes import all_jobs, namesakes, two_jobs
from processor.steps.patience import Patience
from processor.steps.poll import Polling
from processor.steps.submit import StillBusy, Submission

# A job lives 48 h, waiting and running together (batch guide, read 2026-11-21); an hour for clocks.
_LONGEST_LIFE = timedelta(hours=49)
_WAITING = (State.BUILT, State.UPLOADED)
_ON_THE_SERVICE = (State.SUBMITTING, State.SUBMITTED)


class StillRunning(NotFinished):
    """Nothing is wrong: the jobs go on, and the deadline came first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """Takes the jobs of one run from BUILT to FETCHED.

    There is no barrier: at every tick the jobs that have ended are fetched, and as many of those that
    wait are submitted as there is room for.

    Attributes:
        gateway: makes the connection when it is first needed.
        binder: puts what requests refer to on the service, and lets go of it at the end.
        hold: says why nothing must be sent any more; None while it may.
        judge_canary: says why the rest must not be sent, after the first job; None without a canary.
        look_early: judges what was fetched, to tell of it at once; nothing is saved.
        ended_elsewhere: names of other runs' jobs that are known to have ended.
    """

    gateway: Callable[[], Gateway]
    journal: Journal
    files: Files
    patience: Patience
    folder: Path
    run: RunRow
    room: Room
    binder: Binder
    hold: Callable[[], str | None]
    judge_canary: Callable[[JobRow], str | None] | None = None
    look_early: Callable[[JobRow], None] | None = None
    ended_elsewhere: set[str | None] = field(default_factory=set)

    def submit(self) -> None:
        """Submit what there is room for, and say what waits.

        A job whose create was cut is decided first: it takes room, or it waits.

        Raises:
            HeldBack: nothing was sent yet, and must not be any more.
            ServiceRefused: a definite no, or no job of ours is active whose end would make room.
        """
        self._fill_room(says_what_waits=True)

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
                self.binder.release()
                return
            if wait:
                self._wait(deadline)
            wait = True
            for job in self._jobs(State.SUBMITTED):
                polling.look(job)
            self._fetch_ended()
            self._fill_room(says_what_waits=False)

    # -- admission ----------------------------------------------------------------------------

    def _fill_room(self, *, says_what_waits: bool) -> None:
        """In order, none overtaking: what does not fit yet waits, and so does all behind it."""
        for job in self._jobs(State.SUBMITTING):
            self.submission().settle(job)
        waiting = self._ready()
        sent = 0
        for job in waiting:
            if not self._has_room(job) or not self._submit(job):
                break
            sent += 1
        if sent < len(waiting) and (sent or says_what_waits):
            self._say(self._wait_text(waiting[sent:]))

    def _ready(self) -> list[JobRow]:
        """The jobs that wait for nothing but room.

        Raises:
            HeldBack: none was sent, and none must be any more.
        """
        waiting = self._jobs(*_WAITING)
        jobs = self.journal.jobs(self.run.id)
        if not waiting:
            return []
        against = self.hold()
        if against is not None and len(waiting) == len(jobs):
            raise HeldBack(f"{against} Nothing was sent.", run=self.run.id)
        if against is None and self.judge_canary is not None:
            if waiting[0].number == 1:
                return waiting[:1]
            if jobs[0].state not in (State.FETCHED, State.FAILED):
                return []
            against = self.judge_canary(jobs[0])
        if against is None:
            return waiting
        self.patience.observer.warn(f"The rest is not sent: {against}")
        for job in waiting:
            self.journal.move_job(job, State.FAILED, service_state=HELD_BACK, error=against)
        return []

    def _has_room(self, job: JobRow) -> bool:
        """Whether the job fits beside what is active; other runs' jobs are asked after first."""
        active = self._active_beside(job)
        if self._fits(job, active):
            return True
        if all(other.run == self.run.id for other in active):
            return False
        self._ask_who_has_ended()
        return self._fits(job, self._active_beside(job))

    def _fits(self, job: JobRow, active: Sequence[ActiveJob]) -> bool:
        # The tokens are a model's matter, the number of jobs is the project's.
        tokens = [other.tokens if other.model == self.run.model else 0 for other in active]
        return admit([job.tokens], tokens, self.room) == 1

    def _active_beside(self, job: JobRow) -> list[ActiveJob]:
        return self._beside(job, self.journal.active_jobs(since=self._longest_ago()))

    def _beside(self, job: JobRow, active: Sequence[ActiveJob]) -> list[ActiveJob]:
        own = (job.run, job.number)
        return [
            one
            for one in active
            if (one.run, one.number) != own and one.name not in self.ended_elsewhere
        ]

    def _ask_who_has_ended(self) -> None:
        """Jobs of runs that nobody drives end unseen: the service's list says which have."""
        try:
            views = self.patience.ask(
                "submit", lambda: [view for view in all_jobs(self.gateway()) if view.ended], tries=1
            )
        except GatewayFault:
            return  # the next tick asks again
        self.ended_elsewhere.update(view.name for view in views)

    def _claim(self, job: JobRow) -> JobRow | None:
        """SUBMITTING, if there is room still: other runs may have taken it during the upload."""
        return self.journal.claim_job(
            job,
            since=self._longest_ago(),
            admits=lambda active: self._fits(job, self._beside(job, active)),
        )

    def _longest_ago(self) -> str:
        return (self.patience.clock.now() - _LONGEST_LIFE).isoformat()

    def _submit(self, job: JobRow) -> bool:
        """Whether the job is on the service now.

        While jobs of ours go on, a refusal is told, and the next tick asks again.
        """
        try:
            made = self.submission(patient=not self._active_beside(job)).submit(job)
        except MovedMeanwhile:
            return False  # somebody cancelled it
        except ServiceRefused as refused:
            is_busy = isinstance(refused, StillBusy)
            active = self._active_beside(job)
            if not any(is_busy or other.run == self.run.id for other in active):
                raise
            reason = refused.fault if isinstance(refused, StillBusy) else refused.message
            self._say(f"job {job.number} waits: {reason}; the next tick asks again")
            return False
        if made.state is not State.SUBMITTED:
            return False
        self._say(f"{made.name} asks for {made.request_count:,} items")
        return True

    def _wait_text(self, waiting: Sequence[JobRow]) -> str:
        active = self._active_beside(waiting[0])
        full = f"{len(active)} of {self.room.jobs} jobs are active"
        if self.room.tokens is not None:
            tokens = sum(other.tokens for other in active if other.model == self.run.model)
            full = f"{tokens:,} of {self.room.tokens:,} tokens are enqueued, {full}"
        return f"{how_many(waiting)} to be submitted as room appears: {full}"

    def _say(self, message: str) -> None:
        self.patience.observer.step("submit", message)

    # -- within -------------------------------------------------------------------------------

    def submission(self, *, patient: bool = True) -> Submission:
        """The submit step for this run."""
        return Submission(
            gateway=self.gateway(),
            journal=self.journal,
            patience=self.patience,
            folder=self.folder,
            model=self.run.model,
            claim=self._claim,
            bind=self.binder.bind,
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
            fetched = fetching.fetch(job)
            if fetched.state is State.FETCHED and self.look_early is not None:
                self.look_early(fetched)

    def _look_for_twins(self, job: JobRow) -> None:
        """A create of which nobody knew what came may have made a second job, listed only later."""
        found = self.patience.ask("fetch", lambda: namesakes(self.gateway(), job))
        if len(found) > 1:
            raise two_jobs(job.run, found)

    def _wait(self, deadline: float | None) -> None:
        clock, interval = self.patience.clock, self.patience.interval_seconds
        left = interval if deadline is None else deadline - clock.monotonic()
        clock.wait(max(0.0, min(interval, left)))
        if left < interval:
            raise StillRunning(self._where(), run=self.run.id)

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
