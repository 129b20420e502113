"""Binding within a run: request files that refer to what is not there yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from processor.core.context import Mode
from processor.core.task import Task
from processor.ports import Files, Gateway, JobRow, Journal, RunRow
from processor.steps.bind import Binding, unbound_name
from processor.steps.lodge import Lodging
from processor.steps.patience import Patience
from processor.steps.share import Sharing


def set_unbound(files: Files, folder: Path, jobs: Sequence[JobRow]) -> list[JobRow]:
    """The jobs of request files that have just been built, and that must be bound before they are sent."""
    for job in jobs:
        files.rename(folder / job.request_file, folder / unbound_name(job.request_file))
    return [replace(job, unbound_digest=job.request_digest) for job in jobs]


def context_mode(run: RunRow) -> Mode | None:
    """How the run's context is sent, as its plan has decided; None when it has no context."""
    estimate = run.options.get("estimate")
    planned = estimate.get("context") if isinstance(estimate, Mapping) else None
    return Mode(planned["mode"]) if planned else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Binder:
    """Makes the bind step of one run, when it is needed: it connects to the service."""

    gateway: Callable[[], Gateway]
    journal: Journal
    files: Files
    patience: Patience
    folder: Path
    run: RunRow
    task: Callable[[], Task]

    def bind(self, job: JobRow) -> JobRow:
        """The job with a request file that can be sent; see ``steps.bind``."""
        return job if job.unbound_digest is None else self._binding().bind(job)

    def release(self) -> None:
        """Let go of what costs by the hour, when all jobs have ended."""
        if self.journal.cache(self.run.id) is not None:
            self._binding().release()

    def _binding(self) -> Binding:
        gateway, run = self.gateway(), self.run.id
        return Binding(
            files=self.files,
            journal=self.journal,
            lodging=Lodging(gateway=gateway, journal=self.journal, patience=self.patience, run=run),
            sharing=Sharing(
                gateway=gateway,
                journal=self.journal,
                patience=self.patience,
                run=run,
                model=self.run.model,
            ),
            folder=self.folder,
            task=self.task,
            mode=context_mode(self.run),
        )
