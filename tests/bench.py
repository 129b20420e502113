"""A bench: one test's own corner of a sandbox, with a key, an outputs folder and a clock of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from processor import Processor
from processor.core.operation import JobView
from sandbox.log import key_digest
from sandbox.process import Sandbox
from tests.clock import FakeClock

PROJECT = Path(__file__).resolve().parent.parent
NOTES = PROJECT / "tests" / "processor" / "tasks" / "notes"
INTERVAL = 60.0


def note(number: int) -> dict[str, Any]:
    """One item of the task ``notes``."""
    return {
        "note_id": f"n{number}",
        "title": f"Note {number}",
        "text": f"In {1950 + number} the weir at Oberlauf {number} was rebuilt with oak and basalt.",
    }


def notes(count: int) -> list[dict[str, Any]]:
    """The first ``count`` items of the task ``notes``."""
    return [note(number) for number in range(1, count + 1)]


def write_notes(folder: Path, values: Sequence[Mapping[str, Any]]) -> Path:
    """A folder with one file for each value."""
    folder.mkdir(parents=True, exist_ok=True)
    for value in values:
        path = folder / f"{value['note_id']}.json"
        path.write_text(json.dumps(value), encoding="utf-8")
    return folder


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The values of a JSONL file; every line must end, and be JSON by itself."""
    content = path.read_bytes()
    assert not content or content.endswith(b"\n")
    return [json.loads(line) for line in content.split(b"\n")[:-1]]


@dataclass
class Recorder:
    """An observer that remembers."""

    steps: list[tuple[str, str]] = field(default_factory=list)
    views: list[JobView] = field(default_factory=list)
    next_polls: list[float] = field(default_factory=list)
    counted: list[tuple[str, int, int | None, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def step(self, step: str, message: str) -> None:
        self.steps.append((step, message))

    def progress(self, step: str, done: int, total: int | None, unit: str) -> None:
        self.counted.append((step, done, total, unit))

    def polled(self, view: JobView, *, age_seconds: float, next_poll_seconds: float) -> None:
        self.views.append(view)
        self.next_polls.append(next_poll_seconds)

    def warn(self, message: str) -> None:
        self.warnings.append(message)


@dataclass
class Bench:
    """What a test works with.

    Attributes:
        key: the API key, this test's own, so that its calls are told apart in a shared sandbox.
        outputs: its outputs folder.
    """

    sandbox: Sandbox
    key: str
    outputs: Path
    clock: FakeClock = field(default_factory=FakeClock)
    observer: Recorder = field(default_factory=Recorder)
    _open: list[Processor] = field(default_factory=list)

    def processor(self, **options: Any) -> Processor:
        """A processor on this bench; closed with it."""
        given: dict[str, Any] = {
            "api_key": self.key,
            "base_url": self.sandbox.url,
            "outputs": self.outputs,
            "clock": self.clock,
            "observer": self.observer,
            "timeout": 10.0,
        }
        made = Processor(**{**given, **options})
        self._open.append(made)
        return made

    def run(self, count: int = 3, **options: Any) -> dict[str, Any]:
        """The whole road for ``count`` notes; the report."""
        given: dict[str, Any] = {"items": notes(count), "poll_interval": INTERVAL, "run": "r"}
        return self.processor().run(str(NOTES), **{**given, **options})

    def submit(self, count: int = 3, **options: Any) -> str:
        """A run of ``count`` notes that has been submitted; its id."""
        given: dict[str, Any] = {"items": notes(count), "poll_interval": INTERVAL, "run": "r"}
        return self.processor().submit(str(NOTES), **{**given, **options}).run

    def folder(self, run: str = "r") -> Path:
        """The run's folder."""
        return self.outputs / "runs" / run

    def envelopes(self, run: str = "r") -> list[dict[str, Any]]:
        """The run's envelopes."""
        return read_lines(self.folder(run) / "items.jsonl")

    def calls(self, endpoint: str | None = None) -> list[dict[str, Any]]:
        """What this bench's key asked of the sandbox, in order; chunks, which carry no key, too."""
        log = self.sandbox.log()
        mine = key_digest(self.key)
        files = {call["file"] for call in log if call["key"] == mine and "file" in call}
        return [
            call
            for call in log
            if (call["key"] == mine or (call["key"] is None and call.get("file") in files))
            and endpoint in (None, call["endpoint"])
        ]

    def endpoints(self) -> list[str]:
        """The names of what was called, in order."""
        return [call["endpoint"] for call in self.calls()]

    def close(self) -> None:
        """Close every processor that was made here."""
        for processor in self._open:
            processor.close()
