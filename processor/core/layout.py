"""Where files stand in an outputs folder (DESIGN §4)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one outputs folder."""

    outputs: Path

    @property
    def journal(self) -> Path:
        return self.outputs / "journal.sqlite3"

    @property
    def sandbox_state(self) -> Path:
        """Where the built-in server keeps its files; no task's name has a hyphen."""
        return self.outputs / "sandbox-state"

    @property
    def service(self) -> Path:
        """What the REST service keeps: tokens, idempotency keys, uploads; no task's name has a hyphen."""
        return self.outputs / "rest-service"

    @property
    def waiting_pages(self) -> Path:
        """Fetched pages that no run has taken yet; no task's name has a hyphen."""
        return self.outputs / "fetched-pages"

    def task_outputs(self, task: str) -> Path:
        return self.outputs / task

    def search_index(self, name: str) -> Path:
        """The kept full-text index of a task or a run; no task's name has a hyphen."""
        return self.outputs / f"search-{name}.sqlite3"

    def run(self, run: str) -> Path:
        return self.outputs / "runs" / run

    def task_copy(self, run: str) -> Path:
        return self.run(run) / "task"

    def pages(self, run: str) -> Path:
        """The pages that the run's items were read from."""
        return self.run(run) / "pages"

    def lock(self, run: str) -> Path:
        return self.run(run) / "lock"

    def log(self, run: str) -> Path:
        return self.run(run) / "run.log"
