"""The processor: one verb for each command, with the same names and options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from processor.api import looking, starting
from processor.api.doctor import Check, examine
from processor.api.workplace import Workplace
from processor.core.layout import Layout
from processor.core.outcome import GOOD
from processor.core.plan import Plan
from processor.core.state import FINAL, State
from processor.core.status import Status
from processor.effects.clock import SystemClock
from processor.effects.log import LoggingObserver, Silence
from processor.effects.service import Service
from processor.errors import WrongUsage
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
    ) -> Plan:
        """All local steps, nothing sent, nothing kept."""
        parsed = starting.task_named(self._place, task, model)
        source = starting.find_source(parsed, inputs=_as_list(inputs), items=items, exclude=exclude)
        return starting.plan(self._place, parsed, source, expect=expect)

    def submit(
        self,
        task: str = DEFAULT_TASK,
        *,
        inputs: str | Sequence[str] | None = None,
        items: Iterable[Mapping[str, Any]] | None = None,
        exclude: Sequence[str] = (),
        expect: int | None = None,
        model: str | None = None,
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
            run: the run's id.
            poll_interval, max_wait: seconds, remembered for ``resume``.
        """
        place = self._place
        place.service.check(place.journal)
        parsed = starting.task_named(place, task, model)
        paths = _as_list(inputs)
        source = starting.find_source(parsed, inputs=paths, items=items, exclude=exclude)
        name = starting.new_name(place, run, parsed)
        options = {
            "inputs": None if items is not None else paths or [starting.DEFAULT_INPUTS],
            "exclude": list(exclude),
            "expect": expect,
            "poll_interval": place.interval(poll_interval),
            "max_wait": max_wait,
            "faults": place.service.faults,
        }
        with place.driving(name):
            row = starting.start(place, name, parsed, source, options)
            place.pipeline.submit(row, interval=place.interval(poll_interval))
        return looking.status_of(place, place.row(name), look=False)

    def run(self, task: str = DEFAULT_TASK, **options: Any) -> dict[str, Any]:
        """All steps; ``options`` are those of ``submit``. Returns the report.

        Raises:
            NotFinished: ``max_wait`` came first; the job goes on.
        """
        submitted = self.submit(task, **options)
        self._wait(submitted.run, look_now=False)
        return self.collect(submitted.run)

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
            self._place.pipeline.submit(row, interval=self._place.interval(poll_interval, row))
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
        return self._place.pipeline.report_again(row, looking.envelopes(self._place, row))

    def list(self) -> Iterator[Status]:
        """All runs of the journal, newest first."""
        rows = self._place.journal.runs()
        return (looking.status_of(self._place, row, look=False) for row in rows)

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
            pipeline = self._place.pipeline
            pipeline.wait(row, interval=interval, max_wait=most, look_now=look_now)
            pipeline.fetch(row, interval=interval)

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
