"""The verbs that drive a run."""

from __future__ import annotations

from functools import partial
from typing import Any

from processor.api import cancelling, looking, starting
from processor.api.seeing import Seeing
from processor.core.state import FINAL, State
from processor.core.status import Status
from processor.errors import NotFinished, WrongUsage
from processor.pipeline import Driver
from processor.ports import RunRow


class Driving(Seeing):
    """Resume, wait, cancel, collect."""

    def resume(
        self,
        run: str | None = None,
        *,
        poll_interval: float | None = None,
        max_wait: float | None = None,
    ) -> dict[str, Any]:
        """Take a run (default: the newest unfinished) from wherever it stands to its end."""
        row = self._newest_unfinished() if run is None else self._place.row(run)
        if row.state in FINAL:
            return self.report(row.id)
        self._place.service.check(self._place.journal)
        with self._place.driving(row.id):
            row = self._place.row(row.id)
            if row.state is State.BUILDING:
                row = starting.build_again(self._place, row)
            else:
                self._hold_again(row)
            interval = self._place.interval(poll_interval, row)
            self._driver(row, interval).submit()
            self._wait(row.id, poll_interval=poll_interval, max_wait=max_wait)
            return self.collect(row.id)

    def wait(
        self, run: str, *, poll_interval: float | None = None, max_wait: float | None = None
    ) -> Status:
        """Poll until the run's jobs have ended, and fetch their answers; what waits is submitted.

        Raises:
            HeldBack: nothing was sent yet, and a limit of the user's forbids it by now.
            NotFinished: ``max_wait`` seconds have passed; the job goes on.
        """
        row = self._place.row(run)
        if row.state not in FINAL:
            self._place.service.check(self._place.journal)
            with self._place.driving(row.id):
                self._hold_again(row)
                self._wait(run, poll_interval=poll_interval, max_wait=max_wait)
        return looking.status_of(self._place, self._place.row(run), look=False)

    def cancel(self, run: str) -> Status:
        """Ask the service to stop the run's jobs; what was answered is fetched by ``resume``.

        A run that has sent nothing yet is ended at once.
        """
        place = self._place
        row = place.row(run)
        if row.state not in FINAL:
            place.service.check(place.journal)
            cancelling.cancel(place, row, lambda r: self._driver(r, place.interval(None, r)))
        return looking.status_of(place, place.row(row.id), look=False)

    def collect(self, run: str) -> dict[str, Any]:
        """Judge and save what was answered, and report.

        Raises:
            NotFinished: a job has not ended; nothing is saved, never a part.
        """
        row = self._place.row(run)
        if row.state in FINAL:
            return self.report(row.id)
        with self._place.driving(row.id):
            self._check_built(row.id)
            return self._place.pipeline.collect(row, self._place.copied_task(row))

    def _wait(
        self,
        run: str,
        *,
        poll_interval: float | None = None,
        max_wait: float | None = None,
        look_now: bool = True,
    ) -> None:
        row = self._place.row(run)
        if row.state in FINAL:
            return
        self._place.service.check(self._place.journal)
        interval = self._place.interval(poll_interval, row)
        most = row.options.get("max_wait") if max_wait is None else max_wait
        with self._place.driving(row.id):
            self._check_built(row.id)
            deadline = None if most is None else self._place.clock.monotonic() + most
            driver = self._driver(row, interval)
            driver.finish(deadline=deadline, look_now=look_now)

    def _hold_again(self, row: RunRow) -> None:
        jobs = self._place.journal.jobs(row.id)
        if jobs and all(job.state in (State.BUILT, State.UPLOADED) for job in jobs):
            starting.hold_again(self._place, row)

    def _check_built(self, run: str) -> None:
        if self._place.row(run).state is State.BUILDING:
            raise NotFinished(
                f"Run {run} was cut while it was built, and has sent nothing: "
                f"`truebatch resume {run}` builds it again.",
                run=run,
            )

    def _driver(self, row: RunRow, interval: float) -> Driver:
        return self._place.pipeline.driver(
            row, partial(self._place.copied_task, row), interval=interval
        )

    def _newest_unfinished(self) -> RunRow:
        for row in self._place.journal.runs():
            if row.state not in FINAL:
                return row
        raise WrongUsage(
            f"Nothing to resume: every run in {self._place.layout.outputs} has ended. "
            "`truebatch list` shows them."
        )
