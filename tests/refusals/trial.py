"""A trial: one run against a sandbox that refuses, and its resume against one that is well again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from processor.api import Processor
from processor.core.report import exit_code
from processor.errors import ProcessorError
from sandbox.process import Sandbox
from tests.clock import FakeClock
from tests.crash.harness import write_inputs
from tests.forked import running

RUN = "r"
INTERVAL = 300.0
MAX_WAIT = 4 * 3600.0
ITEMS = ("clay", "loam", "peat")
JOB_SECONDS = 0.05
TIMEOUT = 0.5
BIG_BYTES = 3_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a command ended."""

    exit_code: int
    message: str
    report: dict[str, Any] | None


@dataclass(kw_only=True)
class Trial:
    """One run in one folder, against one sandbox."""

    folder: Path
    sandbox: Sandbox
    key: str = "a-key"
    timeout: float = TIMEOUT
    clock: FakeClock = field(default_factory=FakeClock)

    @property
    def outputs(self) -> Path:
        return self.folder / "outputs"

    def run(self, *, max_wait: float | None = MAX_WAIT, **options: Any) -> End:
        """All steps."""
        options = self._options() | {"max_wait": max_wait} | options
        return self.ask(lambda processor: processor.run(str(self.folder / "task"), **options))

    def submit(self) -> str:
        """Load, build and submit; the job's name."""
        with self.processor() as processor:
            status = processor.submit(str(self.folder / "task"), **self._options())
        return str(status.jobs[0].name)

    def resume(self, *, max_wait: float | None = None) -> End:
        """From wherever it stands to its end."""
        return self.ask(lambda processor: processor.resume(RUN, max_wait=max_wait))

    def _options(self) -> dict[str, Any]:
        return {"inputs": str(self.folder / "inputs"), "run": RUN, "poll_interval": INTERVAL}

    def processor(self) -> Processor:
        """A processor of this trial."""
        return Processor(
            api_key=self.key,
            outputs=self.outputs,
            base_url=self.sandbox.url,
            timeout=self.timeout,
            clock=self.clock,
        )

    def ask(self, verb: Any) -> End:
        """A verb of a processor of this trial; a fault that is no ``ProcessorError`` is a bug."""
        with self.processor() as processor:
            try:
                report: dict[str, Any] = verb(processor)
            except ProcessorError as error:
                return End(exit_code=error.exit_code, message=error.message, report=None)
        return End(exit_code=exit_code(report), message=str(report["reason"] or ""), report=report)

    def mend(self, faults: str = "none") -> None:
        """The service plays other faults from now on, or none; it keeps what it has."""
        self.sandbox.restart("--faults", faults)

    def calls(self, endpoint: str) -> int:
        """How often the sandbox was asked."""
        return sum(record["endpoint"] == endpoint for record in self.sandbox.log())

    def jobs(self) -> int:
        """How many jobs the service has made."""
        log = self.sandbox.log()
        return len({r["job"] for r in log if r["endpoint"] == "batches.create" and "job" in r})

    def row(self) -> dict[str, Any]:
        """What the journal holds of the run's one job."""
        with closing(sqlite3.connect(self.outputs / "journal.sqlite3")) as journal:
            journal.row_factory = sqlite3.Row
            (row,) = journal.execute("SELECT * FROM jobs").fetchall()
        return dict(row)

    def outcomes(self) -> list[str]:
        """The outcome of every envelope, in input order; empty when there are none yet."""
        path = self.outputs / "runs" / RUN / "items.jsonl"
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["outcome"] for line in lines]


@contextmanager
def trial(
    folder: Path,
    faults: str = "none",
    *,
    ids: Sequence[str] = ITEMS,
    big: bool = False,
    **options: Any,
) -> Iterator[Trial]:
    """A trial with its sandbox; ``big``: the request file is uploaded in several pieces."""
    write_inputs(folder, ids)
    if big:
        _blow_up(folder)
    options.setdefault("job_seconds", JOB_SECONDS)
    with running(faults=faults, **options) as sandbox:
        yield Trial(folder=folder, sandbox=sandbox)


def _blow_up(folder: Path) -> None:
    for path in (folder / "inputs").iterdir():
        item = json.loads(path.read_text(encoding="utf-8"))
        item["padding"] = "potash " * (BIG_BYTES // 7)
        path.write_text(json.dumps(item), encoding="utf-8")
