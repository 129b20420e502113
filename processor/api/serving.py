"""The verbs of a service: runs taken over from clients, and taken one look further at a time."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from processor.api import looking, starting
from processor.api.foresight import enqueued_limit
from processor.api.leafing import Page, leaf
from processor.api.making import Making
from processor.api.options import RunOptions, pace, recorded
from processor.api.pages import check_urls
from processor.api.reception import RECEIVED, check_retry, named_task, receive
from processor.api.retrying import MAX_ATTEMPTS
from processor.core.canary import HELD_BACK
from processor.core.state import FINAL, State
from processor.core.status import Status
from processor.errors import BadInput, HeldBack, NotFinished, ProcessorError, WrongUsage
from processor.pipeline import StillRunning
from processor.ports import MovedMeanwhile, RunRow
from processor.steps.save import ENVELOPES

_DEFINITE = (BadInput, HeldBack, WrongUsage)
"""What is as wrong tomorrow: a run that a client handed in ends of it, for nobody is there to mend it."""


class Serving(Making):
    """Receive, receive_retry, advance, withdraw, unfinished."""

    def receive(
        self,
        task: str,
        *,
        items: Path | None = None,
        urls: Sequence[str] | None = None,
        count: int | None = None,
        model: str | None = None,
        run: str | None = None,
        poll_interval: float | None = None,
        **options: Unpack[RunOptions],
    ) -> Status:
        """Take over a run: its items are safe and the journal knows it; ``advance`` does the rest.

        Args:
            task: by name; a folder is refused.
            items: a file that is moved into the run's folder; None with ``from_run``.
            urls: the items are pages, to be fetched when the run is built.
            count: how many items there are, as far as is known.

        Raises:
            WrongUsage: no such task, an option is wrong, or there is a run of this name.
        """
        place = self._place
        given: RunOptions = options if items is None else {**options, "inputs": [str(items)]}
        timing = pace(place, poll_interval, None)
        listed = check_urls(urls)
        kept = recorded(task, given, inputs_given=True, pace=timing, urls=listed)
        place.service.check(place.journal)
        parsed = named_task(place, task, model)
        taken = self._taken(kept, parsed.model, count)
        row = receive(place, parsed, taken, name=run, items=items, urls=urls)
        return self._standing(row)

    def receive_retry(
        self,
        run: str,
        *,
        only: str | None = None,
        max_attempts: int = MAX_ATTEMPTS,
        model: str | None = None,
        name: str | None = None,
        poll_interval: float | None = None,
    ) -> Status:
        """Take over a retry of ``run``; arguments as for ``retry``.

        Raises:
            HeldBack: every item was accepted.
            NotFinished: the run has not ended.
        """
        place = self._place
        place.service.check(place.journal)
        parent = place.row(run)
        check_retry(parent)
        parsed = starting.task_named(place, parent.options["task"], model or parent.model)
        options = {
            **parent.options,
            "expect": None,
            "only": only,
            "max_attempts": max_attempts,
            **pace(place, poll_interval, None),
        }
        taken = self._taken(options, parsed.model, None)
        row = receive(place, parsed, taken, name=name, retry_of=parent.id)
        return self._standing(row)

    def advance(self, run: str) -> dict[str, Any] | None:
        """Take a run as far as one look at its jobs brings it.

        Returns:
            The report at the run's end; None before.

        Raises:
            DrivenElsewhere: another process drives it.
            ProcessorError: it goes no further now; ``advance`` may be called again later.
        """
        place = self._place
        row = place.row(run)
        if row.state in FINAL:
            return None
        place.service.check(place.journal)
        with place.driving(row.id):
            try:
                return self._look_once(place.row(row.id))
            except StillRunning:
                return None
            except _DEFINITE as error:
                if "received" not in row.options:
                    raise  # somebody's command began it, and may be told
                return self._refuse(place.row(row.id), error)

    def withdraw(self, run: str) -> dict[str, Any] | None:
        """Cancel a run; one of which nothing was built yet ends at once, and its report is returned."""
        place = self._place
        row = place.row(run)
        if row.state is State.BUILDING and "received" in row.options:
            with place.driving(row.id):
                row = place.row(row.id)
                if row.state is State.BUILDING:
                    return self._refuse(
                        row, HeldBack("Cancelled before it was submitted.", run=row.id)
                    )
        self.cancel(run)
        return None

    def standing(self, run: str) -> Status | None:
        """Where a run (or the one with the job of this name) stands, as the journal knows it.

        The service is not asked: the driver does that. None when there is no such run.
        """
        row = self._place.journal.run(run)
        return None if row is None else self._standing(row)

    def standings(self, *, before: int | None, limit: int) -> tuple[list[Status], int | None]:
        """The newest runs, and where the next page begins (None at the end).

        Args:
            before: a number that an earlier call gave.
        """
        rows = [r for r in self._place.journal.runs() if before is None or r.number < before]
        shown = [self._standing(row) for row in rows[:limit]]
        return shown, rows[limit - 1].number if len(rows) > limit else None

    def leaf(self, run: str, *, start: int, limit: int, outcomes: Collection[str] | None) -> Page:
        """Some envelopes of a run that has ended; see ``leafing.leaf``."""
        path = self._place.layout.run(run) / ENVELOPES
        return leaf(path, start=start, limit=limit, outcomes=outcomes)

    def new_name(self, task: str) -> str:
        """An id for a new run of ``task``."""
        return starting.new_name(self._place, None, named_task(self._place, task, None))

    def unfinished(self) -> list[tuple[str, float]]:
        """The runs that have not ended, oldest first, each with the seconds between its looks."""
        place = self._place
        return [(row.id, place.interval(None, row)) for row in place.journal.unfinished()]

    def check_service(self) -> None:
        """Everything needed to talk to the service is there.

        Raises:
            WrongUsage: no key, or the folder holds runs of another service.
        """
        self._place.service.check(self._place.journal)

    def asked_to_stop(self, run: str) -> Path:
        """The file that says that somebody wants the run cancelled, so that a cut does not forget it."""
        return self._place.layout.run(run) / "cancel"

    def share_sandbox(self, url: str | None = None) -> str | None:
        """Use the sandbox at ``url``, or start the folder's own for others to use; its address.

        Several processors of one folder must not start one each: they would share its files.
        """
        service = self._place.service
        if service.sandbox:
            service.sandbox_url = url or service.start_sandbox()
        return service.sandbox_url

    def _standing(self, row: RunRow) -> Status:
        status = looking.status_of(self._place, row, look=False)
        if row.state is State.BUILDING and "received" in row.options:
            return replace(status, items=row.options["received"]["items"] or 0)
        return status

    def _look_once(self, row: RunRow) -> dict[str, Any] | None:
        if row.state in FINAL:
            return None
        if row.state is State.BUILDING:
            if not any(row.options.get(source) for source in ("inputs", "from_run", "urls")):
                return None  # a Python program's own items: only it can hand them over again
            row = starting.build_again(self._place, row)
        interval = self._place.interval(None, row)
        driver = self._driver(row, interval)
        driver.submit()
        driver.finish(deadline=self._place.clock.monotonic(), look_now=True)
        return self.collect(row.id)

    def _refuse(self, row: RunRow, error: ProcessorError) -> dict[str, Any] | None:
        """End a run that a client handed in, with what would have ended the client's command."""
        place = self._place
        jobs = place.journal.jobs(row.id)
        message = self._for_clients(row, error.message)
        if not jobs:
            why = {"kind": error.kind, "message": message, "exit_code": int(error.exit_code)}
            return place.pipeline.refuse(row, {**why, "run": row.id})
        for job in jobs:
            if job.state in (State.BUILT, State.UPLOADED):
                with suppress(MovedMeanwhile):
                    place.journal.move_job(
                        job, State.FAILED, service_state=HELD_BACK, error=message
                    )
        with suppress(NotFinished):  # jobs that are on the service go on
            return self.collect(row.id)
        return None

    def _for_clients(self, row: RunRow, message: str) -> str:
        """``message`` without the folder of the server that it names: the client knows no paths."""
        folder = self._place.layout.run(row.id)
        for path in (folder.absolute(), folder, RECEIVED):
            message = message.replace(f"{path}{os.sep}", "")
        return message

    def _taken(self, options: dict[str, Any], model: str, count: int | None) -> dict[str, Any]:
        limit = enqueued_limit(self._place, model, options)
        return {**options, "enqueued_limit": limit, "received": {"items": count}}
