"""The processor: one verb for each command, with the same names and options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from processor.api import adopting, cancelling, costs, judging, looking, rejudging, starting
from processor.api.doctor import Check, examine
from processor.api.retrying import MAX_ATTEMPTS
from processor.api.workplace import Workplace
from processor.core.costs import CostReport
from processor.core.ids import RunId
from processor.core.layout import Layout
from processor.core.outcome import GOOD
from processor.core.plan import Plan
from processor.core.state import FINAL, State
from processor.core.status import Status
from processor.core.task import Task
from processor.effects.clock import SystemClock
from processor.effects.log import LoggingObserver, Silence
from processor.effects.service import Service
from processor.errors import WrongUsage
from processor.pipeline import Driver
from processor.ports import Clock, Observer, RunRow

DEFAULT_TASK = "stage_1a"


class Processor:
    """A batch processor on one outputs folder.

    Args:
        api_key: else ``api_key_file``, ``env_file``, ``$GEMINI_API_KEY``, ``$GOOGLE_API_KEY``.
        outputs: the folder of all runs; ``outputs``, or ``outputs/sandbox`` with ``sandbox``.
        sandbox: talk to the built-in loopback server instead of Google: no key, no cost.
        faults: what the sandbox plays: ``realistic``, ``none``, or names.
        base_url: another address than Google's own.
        timeout: seconds, for each socket operation.
        clock, observer: the time, and who is told how it goes.

    Every verb raises a ``ProcessorError`` when it cannot do what it was asked.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        api_key_file: str | None = None,
        env_file: str | None = None,
        outputs: str | Path | None = None,
        sandbox: bool = False,
        faults: str | None = None,
        base_url: str | None = None,
        timeout: float = 60.0,
        clock: Clock | None = None,
        observer: Observer | None = None,
    ) -> None:
        if sandbox and base_url:
            raise WrongUsage("--sandbox is an address of its own: it goes without --base-url.")
        layout = Layout(Path(outputs or ("outputs/sandbox" if sandbox else "outputs")))
        log = LoggingObserver(observer or Silence())
        service = Service(
            layout=layout,
            observer=log,
            api_key=api_key,
            api_key_file=api_key_file,
            env_file=env_file,
            base_url=base_url,
            sandbox=sandbox,
            faults=faults,
            timeout_seconds=timeout,
        )
        self._place = Workplace(
            layout=layout, service=service, clock=clock or SystemClock(), observer=log
        )

    @classmethod
    def at(cls, place: Workplace) -> Processor:
        """A processor at a workplace made elsewhere, with clock, files or service of one's own."""
        processor = cls.__new__(cls)
        processor._place = place
        return processor

    def __enter__(self) -> Processor:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the journal and the connection; runs stay where they stand."""
        self._place.close()

    # -- making a run -------------------------------------------------------------------------

    def plan(
        self,
        task: str = DEFAULT_TASK,
        *,
        inputs: str | Sequence[str] | None = None,
        items: Iterable[Mapping[str, Any]] | None = None,
        exclude: Sequence[str] = (),
        expect: int | None = None,
        model: str | None = None,
        fresh: bool = False,
        enqueued_tokens: int | None = None,
        max_requests: int | None = None,
        canary: int | None = None,
    ) -> Plan:
        """All local steps, nothing sent, nothing kept; options as for ``submit``."""
        parsed = starting.task_named(self._place, task, model)
        source = starting.find_source(parsed, inputs=_as_list(inputs), items=items, exclude=exclude)
        options = {
            "expect": expect,
            "fresh": fresh,
            "enqueued_tokens": enqueued_tokens,
            "max_requests": max_requests,
            "canary": canary,
        }
        return starting.plan(self._place, parsed, source, options)

    def submit(
        self,
        task: str = DEFAULT_TASK,
        *,
        inputs: str | Sequence[str] | None = None,
        items: Iterable[Mapping[str, Any]] | None = None,
        exclude: Sequence[str] = (),
        expect: int | None = None,
        model: str | None = None,
        fresh: bool = False,
        enqueued_tokens: int | None = None,
        max_requests: int | None = None,
        canary: int | None = None,
        run: str | None = None,
        poll_interval: float | None = None,
        max_wait: float | None = None,
    ) -> Status:
        """Load, build and submit, and return at once.

        Args:
            inputs: files, folders or globs; ``inputs`` when neither these nor ``items`` are given.
            items: the items themselves, as mappings.
            exclude: names to leave out, besides the task's.
            expect: refuse unless exactly so many items were loaded.
            fresh: ask for every item, also where an accepted answer to the same request is there.
            enqueued_tokens: how many tokens of active jobs the service allows for the model: above
                it, the items are cut into several jobs, submitted as room appears.
            max_requests: at most so many items in one job.
            canary: first a job of so many items; the rest only if it does as well as the task's
                ``[canary]`` asks.
            run: the run's id.
            poll_interval, max_wait: seconds, remembered for ``resume``.
        """
        if items is not None and inputs is not None:
            raise WrongUsage("Items come from inputs or from items, not from both.")
        self._place.service.check(self._place.journal)
        parsed = starting.task_named(self._place, task, model)
        options = self._options(task, inputs, exclude, expect=expect, fresh=fresh)
        options |= self._pace(poll_interval, max_wait)
        options |= {
            "enqueued_tokens": enqueued_tokens,
            "max_requests": max_requests,
            "canary": canary,
        }
        if items is not None:
            options["inputs"] = None
        return self._submit(parsed, options, name=run, items=items)

    def run(self, task: str = DEFAULT_TASK, **options: Any) -> dict[str, Any]:
        """All steps; ``options`` are those of ``submit``. Returns the report.

        Raises:
            NotFinished: ``max_wait`` came first; the job goes on.
        """
        submitted = self.submit(task, **options)
        self._wait(submitted.run, look_now=False)
        return self.collect(submitted.run)

    def retry(
        self,
        run: str,
        *,
        only: str | None = None,
        max_attempts: int = MAX_ATTEMPTS,
        model: str | None = None,
        name: str | None = None,
        poll_interval: float | None = None,
        max_wait: float | None = None,
    ) -> Status:
        """Submit a new run of only the rejected and failed items of ``run``, linked to it.

        The task is asked as it is today: a raised limit or a better prompt counts.

        Args:
            only: just the items with a finding of this rule.
            max_attempts: an item asked so often, over the whole chain of runs, is left out.
            name: the new run's id.

        Raises:
            HeldBack: nothing is left to ask.
        """
        self._place.service.check(self._place.journal)
        parent = self._place.row(run)
        parsed = starting.task_named(self._place, parent.options["task"], model or parent.model)
        options = {
            **parent.options,
            "expect": None,
            "only": only,
            "max_attempts": max_attempts,
            **self._pace(poll_interval, max_wait),
        }
        return self._submit(parsed, options, name=name, retry_of=parent.id)

    def adopt(
        self,
        job: str,
        task: str = DEFAULT_TASK,
        *,
        inputs: str | Sequence[str] | None = None,
        exclude: Sequence[str] = (),
        model: str | None = None,
    ) -> Status:
        """Rebuild the run of a job from the job and the items, when the journal is lost.

        Raises:
            BadInput: these items and this task do not make what the job was given.
        """
        place = self._place
        place.service.check(place.journal)
        view, label = adopting.look_up(place, job)
        if place.journal.run(label.run) is not None:
            raise WrongUsage(
                f"The run {label.run} of {job} is in this journal: `truebatch resume {label.run}`.",
                run=label.run,
            )
        parsed = starting.task_named(place, task, model)
        options = self._options(task, inputs, exclude, expect=None, fresh=True)
        with place.driving(label.run):
            row = adopting.adopt(place, parsed, view, label, options)
        return looking.status_of(place, row, look=False)

    # -- driving a run ------------------------------------------------------------------------

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
            interval = self._place.interval(poll_interval, row)
            self._driver(row, interval).submit()
            self._wait(row.id, poll_interval=poll_interval, max_wait=max_wait)
            return self.collect(row.id)

    def wait(
        self, run: str, *, poll_interval: float | None = None, max_wait: float | None = None
    ) -> Status:
        """Poll until the run's jobs have ended, and fetch their answers.

        Raises:
            NotFinished: ``max_wait`` seconds have passed; the job goes on.
        """
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
            cancelling.cancel(place, row)
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
            return self._place.pipeline.collect(row, self._place.copied_task(row))

    # -- looking at runs ----------------------------------------------------------------------

    def status(self, run: str | None = None) -> Status:
        """Where a run (default: the newest) stands; the service is asked once if a job runs."""
        row = next(self._place.journal.runs(), None) if run is None else self._place.row(run)
        if row is None:
            raise WrongUsage(f"There is no run in {self._place.layout.outputs} yet.")
        return looking.status_of(self._place, row, look=True)

    def results(
        self, run: str, *, outcomes: Iterable[str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """The run's envelopes in input order, one in memory at a time.

        Args:
            outcomes: only these; default: those with data (accepted and reused).

        Raises:
            NotFinished: the run has not ended.
        """
        wanted = frozenset(GOOD if outcomes is None else outcomes)
        every = looking.envelopes(self._place, self._place.row(run))
        return (envelope for envelope in every if envelope["outcome"] in wanted)

    def report(self, run: str) -> dict[str, Any]:
        """The report of a run that has ended, made again from its envelopes.

        Raises:
            NotFinished: it has not ended.
        """
        row = self._place.row(run)
        mended = rejudging.finish_cut(self._place, row)
        if mended is not None:
            return mended
        return self._place.pipeline.report_again(row, looking.envelopes(self._place, row))

    def rejudge(self, run: str, *, task: str | None = None) -> dict[str, Any]:
        """Judge the stored answers of a run again, and mend its outputs; nothing is sent.

        Args:
            task: whose rules, by name or folder; None: the run's own.

        Returns:
            The report, whose ``rejudged`` says what changed from which outcome to which.

        Raises:
            NotFinished: the run has not ended.
        """
        return rejudging.rejudge(self._place, self._place.row(run), task)

    def validate(
        self,
        paths: str | Sequence[str],
        *,
        task: str | None = None,
        kind: str | None = None,
        inputs: str | Sequence[str] = (),
        apply_suggestion: int | None = None,
    ) -> dict[str, Any]:
        """Judge files by a task's rules, without any batch: see ``api.judging.validate``."""
        return judging.validate(
            _as_list(paths) or [],
            task=task,
            kind=kind,
            inputs=_as_list(inputs) or [],
            apply_suggestion=apply_suggestion,
            sandbox=self._place.service.sandbox,
        )

    def list(self) -> Iterator[Status]:
        """All runs of the journal, newest first."""
        rows = self._place.journal.runs()
        return (looking.status_of(self._place, row, look=False) for row in rows)

    def remote_jobs(self) -> Iterator[looking.RemoteJob]:
        """All jobs of the key's project as the service lists them, ours and others'."""
        self._place.service.check(self._place.journal)
        return looking.remote_jobs(self._place)

    def chain(self, run: str) -> dict[str, Any]:
        """What a run and all its retries add up to: every item's newest outcome, all cost."""
        return looking.chain(self._place, self._place.row(run))

    def costs(self, *, since: date | None = None, by: str = "run") -> CostReport:
        """What the runs of the outputs folder cost: estimated, actual, one by one, saved and lost.

        Args:
            since: leave out runs made before this day (UTC).
            by: what makes a row: ``run``, ``task``, ``model`` or ``day``.
        """
        return costs.costs(self._place, since=since, by=by)

    def folder(self, run: str) -> Path:
        """The run's folder."""
        return self._place.layout.run(self._place.row(run).id)

    def doctor(self) -> Iterator[Check]:
        """Is everything ready: each thing a run needs, looked at now."""
        return examine(self._place)

    @property
    def last_driven(self) -> str | None:
        """The run this processor drives, or drove last."""
        return self._place.last_driven

    # -- within -------------------------------------------------------------------------------

    def _submit(
        self,
        task: Task,
        options: Mapping[str, Any],
        *,
        name: str | None,
        items: starting.Values | None = None,
        retry_of: RunId | None = None,
    ) -> Status:
        place = self._place
        run = starting.new_name(place, name, task)
        with place.driving(run):
            row = starting.start(place, run, task, options, items=items, retry_of=retry_of)
            self._driver(row, options["poll_interval"]).submit()
        return looking.status_of(place, place.row(run), look=False)

    def _options(
        self,
        task: str,
        inputs: str | Sequence[str] | None,
        exclude: Sequence[str],
        *,
        expect: int | None,
        fresh: bool,
    ) -> dict[str, Any]:
        """What ``resume`` and ``retry`` must know of how a run was started."""
        return {
            "task": task,
            "inputs": _as_list(inputs) or [starting.DEFAULT_INPUTS],
            "folder": str(Path.cwd()),
            "exclude": list(exclude),
            "expect": expect,
            "fresh": fresh,
            **self._pace(None, None),
        }

    def _pace(self, poll_interval: float | None, max_wait: float | None) -> dict[str, Any]:
        return {
            "poll_interval": self._place.interval(poll_interval),
            "max_wait": max_wait,
            "faults": self._place.service.faults,
        }

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
            deadline = None if most is None else self._place.clock.monotonic() + most
            driver = self._driver(row, interval)
            driver.finish(deadline=deadline, look_now=look_now)

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


def _as_list(inputs: str | Sequence[str] | None) -> list[str] | None:
    if inputs is None:
        return None
    return [inputs] if isinstance(inputs, (str, Path)) else [str(path) for path in inputs]
