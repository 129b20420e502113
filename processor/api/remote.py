"""A processor elsewhere: the verbs of ``Processor``, carried out by a truebatch service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn
from urllib.parse import quote

from processor.api.options import RunOptions
from processor.api.source import find_source
from processor.core.costs import CostReport, read_cost_report
from processor.core.item import Item
from processor.core.json_bytes import decode, encode
from processor.core.outcome import GOOD
from processor.core.state import FINAL, State
from processor.core.status import JobStatus, Status
from processor.core.task import Task
from processor.core.task_parser import parse_task
from processor.effects.clock import SystemClock
from processor.effects.rest_client import RestClient, Unreachable
from processor.errors import NotFinished, WrongUsage
from processor.ports import Observer

_LOOK_SECONDS = 2.0
_PAGE = 1_000
_HERE = ("then", "then_when", "attachments_from", "context", "context_mode", "allow_host")
"""Options that name what is on the machine of whoever gives them."""
_LOCAL = ("inputs", "exclude", "limit", "sample", "seed", "from_run")
_NDJSON = "application/x-ndjson"


class RemoteProcessor:
    """What the command line uses instead of ``Processor`` with ``--server``.

    Attributes:
        last_driven: the run that was waited for last; the service drives it, whoever waits.
    """

    def __init__(
        self, url: str, token: str | None, *, observer: Observer, timeout: float = 60.0
    ) -> None:
        self._clock = SystemClock()
        self._client = RestClient(url, token, clock=self._clock, timeout=timeout)
        self._observer = observer
        self.last_driven: str | None = None

    def submit(
        self,
        task: str,
        *,
        model: str | None = None,
        run: str | None = None,
        poll_interval: float | None = None,
        max_wait: float | None = None,  # noqa: ARG002 - the service waits as long as it takes
        **options: Any,
    ) -> Status:
        """Load the items here, hand them over, and return when they are safe there."""
        _check(task, options)
        named = {"task": task, "run": run}
        more = {name: value for name, value in options.items() if name not in (*_LOCAL, *_HERE)}
        more |= {"model": model, "poll_interval": poll_interval}
        more = {name: value for name, value in more.items() if value not in (None, False, (), [])}
        if options.get("from_run"):
            body = {**named, "from_run": options["from_run"], "options": more}
            return self._status(self._client.post("/runs", _without_none(body)))
        with self._items(task, options) as (file, count):
            self._observer.step("load", f"{count:,} items are handed over to {self._client.url}")
            taken = self._client.upload("/runs/upload", file, _NDJSON, **named, **more)
        return self._status(taken)

    def run(self, task: str, *, max_wait: float | None = None, **options: Any) -> dict[str, Any]:
        """Submit, and wait for the report."""
        return self.resume(self.submit(task, **options).run, max_wait=max_wait)

    def resume(
        self,
        run: str | None = None,
        *,
        poll_interval: float | None = None,  # noqa: ARG002 - the service's own holds
        max_wait: float | None = None,
    ) -> dict[str, Any]:
        """Wait for a run (default: the newest unfinished); the service drives it.

        Raises:
            NotFinished: ``max_wait`` seconds have passed; the run goes on.
        """
        name = run or self._newest_unfinished()
        self.last_driven = name
        self._wait(name, max_wait)
        return self.report(name)

    def status(self, run: str | None = None) -> Status:
        """Where a run (default: the newest) stands, as the service's driver last saw it."""
        if run is not None:
            return self._status(self._client.get(f"/runs/{_safe(run)}"))
        newest = self._client.get("/runs", limit=1)["runs"]
        if not newest:
            raise WrongUsage(f"There is no run at {self._client.url} yet.")
        return self._status(newest[0])

    def list(self) -> Iterator[Status]:
        """All runs, newest first."""
        cursor: str | None = None
        while True:
            page = self._client.get("/runs", limit=_PAGE, cursor=cursor)
            yield from (self._status(one) for one in page["runs"])
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def results(
        self, run: str, *, outcomes: Iterable[str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """The run's envelopes in input order, one in memory at a time."""
        wanted = [str(one) for one in (GOOD if outcomes is None else outcomes)]
        lines = self._client.lines(f"/runs/{_safe(run)}/results.ndjson", outcome=sorted(wanted))
        return map(decode, lines)

    def report(self, run: str) -> dict[str, Any]:
        """The report of a run that has ended."""
        report: dict[str, Any] = self._client.get(f"/runs/{_safe(run)}/report")
        return report

    def retry(self, run: str, *, name: str | None = None, **options: Any) -> Status:
        """A new run of only the rejected and failed items."""
        options.pop("max_wait", None)
        body = _without_none({"run": name, **options})
        return self._status(self._client.post(f"/runs/{_safe(run)}/retry", body))

    def cancel(self, run: str) -> Status:
        """Stop a run's jobs."""
        return self._status(self._client.post(f"/runs/{_safe(run)}/cancel", {}))

    def costs(self, *, since: date | None = None, by: str = "run") -> CostReport:
        """What the runs of the service cost."""
        return read_cost_report(self._client.get("/costs", since=since, by=by))

    def tasks(self) -> Sequence[Mapping[str, Any]]:
        """The service's tasks."""
        found: Sequence[Mapping[str, Any]] = self._client.get("/tasks")["tasks"]
        return found

    def task(self, name: str) -> dict[str, Any]:
        """One of them, with its files."""
        described: dict[str, Any] = self._client.get(f"/tasks/{_safe(name)}")
        return {**described, "folder": self._client.url}

    def pipeline_of(self, run: str | None) -> None:
        """A service drives runs, not chains."""

    def after(self, report: Mapping[str, Any]) -> None:
        """What runs after a run, runs at the service."""

    def folder(self, run: str) -> None:
        """The files are not here."""

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __getattr__(self, verb: str) -> Callable[..., NoReturn]:
        def refuse(*_: Any, **__: Any) -> NoReturn:
            raise WrongUsage(
                f"`{verb}` works on the files of this machine: it goes without --server."
            )

        return refuse

    # -- within -------------------------------------------------------------------------------

    @contextmanager
    def _items(self, task: str, options: Mapping[str, Any]) -> Iterator[tuple[Path, int]]:
        """The items of the inputs as JSON lines, in a file that vanishes."""
        parsed = self._task(task)
        source = find_source(
            parsed,
            inputs=[str(path) for path in options.get("inputs") or ()],
            items=None,
            exclude=options.get("exclude", ()),
        ).portioned(options)
        with TemporaryDirectory(prefix="truebatch-") as folder:
            path = Path(folder) / "items.jsonl"
            count = 0
            with path.open("wb") as file:
                for item in source.read():
                    file.write(_line(item, parsed.id_field))
                    count += 1
            yield path, count

    def _task(self, name: str) -> Task:
        files = {file: text.encode() for file, text in self.task(name)["files"].items()}
        return parse_task(files, origin=f"{name} at {self._client.url}")

    def _wait(self, run: str, max_wait: float | None) -> None:
        deadline = None if max_wait is None else self._clock.monotonic() + max_wait
        said: object = None
        while True:
            try:
                shown = self._client.get(f"/runs/{_safe(run)}")
            except Unreachable as error:  # a service that is started again goes on with its runs
                self._observer.step("poll", f"no answer; the run goes on ({error.message})")
            else:
                status = self._status(shown)
                if status.state in FINAL:
                    return
                if said != (status.state, status.answered):
                    said = (status.state, status.answered)
                    answered = "?" if status.answered is None else f"{status.answered:,}"
                    self._observer.step("poll", f"{status.state} {answered}/{status.items:,}")
            left = _LOOK_SECONDS if deadline is None else deadline - self._clock.monotonic()
            if left <= 0:
                raise NotFinished(
                    f"Run {run} is not finished. {self._client.url} goes on with it; "
                    f"`truebatch --server {self._client.url} resume {run}` waits again.",
                    run=run,
                )
            self._clock.wait(min(left, _LOOK_SECONDS))

    def _newest_unfinished(self) -> str:
        for status in self.list():
            if status.state not in FINAL:
                return status.run
        raise WrongUsage(f"Nothing to wait for: every run at {self._client.url} has ended.")

    def _status(self, shown: dict[str, Any]) -> Status:
        """The status that the service shows; what hinders the run is told."""
        problem = shown.pop("problem", None)
        if problem is not None:
            self._observer.warn(problem["message"])
        jobs = tuple(
            JobStatus(**{**job, "state": State(job["state"])}) for job in shown.pop("jobs")
        )
        return Status(**{**shown, "state": State(shown["state"]), "jobs": jobs})


def _check(task: str, options: Mapping[str, Any]) -> None:
    """Refuse what means something only on this machine.

    Raises:
        WrongUsage: there is such an option, or none of that name.
    """
    here = [name for name in _HERE if options.get(name)]
    if here:
        spelled = ", ".join("--" + name.replace("_", "-") for name in here)
        raise WrongUsage(f"{spelled} is of the service's machine: it goes without --server.")
    unknown = set(options) - set(RunOptions.__annotations__)
    if unknown:
        raise WrongUsage(f"There is no option {', '.join(sorted(unknown))} with --server.")
    if "/" in task or "\\" in task:
        raise WrongUsage(
            f"{task!r} is a folder; a service knows tasks by name. `tasks` lists them."
        )
    if any(str(path).lower().endswith((".txt", ".txt.gz")) for path in options.get("inputs") or ()):
        raise WrongUsage("Addresses of pages go to POST /batch/submit; --inputs takes items here.")


def _line(item: Item, id_field: str | None) -> bytes:
    """The item as a line that holds its id, also where the file's name was its id."""
    has_id = any(field in item.value for field in (id_field, "id") if field)
    value = item.value if has_id else {"id": item.id, **item.value}
    return encode(value) + b"\n"


def _safe(name: str) -> str:
    """A name as one part of a path."""
    return quote(name, safe="")


def _without_none(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}
