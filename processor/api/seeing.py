"""The verbs that look at runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, overload

from processor.api import cleaning, costs, judging, looking, rejudging
from processor.api.doctor import Check, examine
from processor.api.options import as_list
from processor.api.typed import Failure, typed
from processor.api.workplace import Workplace
from processor.core.costs import CostReport
from processor.core.outcome import GOOD
from processor.core.status import Status
from processor.errors import WrongUsage

T = TypeVar("T")


class Seeing:
    """Status, results, report, rejudge, validate, list, costs, clean, doctor."""

    _place: Workplace

    def status(self, run: str | None = None) -> Status:
        """Where a run (default: the newest) stands; the service is asked once if a job runs."""
        row = next(self._place.journal.runs(), None) if run is None else self._place.row(run)
        if row is None:
            raise WrongUsage(f"There is no run in {self._place.layout.outputs} yet.")
        return looking.status_of(self._place, row, look=True)

    @overload
    def results(
        self, run: str, *, outcomes: Iterable[str] | None = None
    ) -> Iterator[dict[str, Any]]: ...

    @overload
    def results(
        self, run: str, *, outcomes: Iterable[str] | None = None, model: type[T]
    ) -> Iterator[T | Failure]: ...

    def results(
        self, run: str, *, outcomes: Iterable[str] | None = None, model: type[T] | None = None
    ) -> Iterator[dict[str, Any]] | Iterator[T | Failure]:
        """The run's results in input order, one in memory at a time.

        Args:
            outcomes: only these; default: those with data (accepted and reused), with ``model`` all.
            model: a pydantic model, or a type that pydantic knows: each accepted answer comes as such a
                value, and every other item as a ``Failure`` in its place. Without it: envelopes.

        Raises:
            NotFinished: the run has not ended.
        """
        every = looking.envelopes(self._place, self._place.row(run))
        if outcomes is None and model is not None:
            return typed(every, model)
        wanted = frozenset(GOOD if outcomes is None else outcomes)
        chosen = (envelope for envelope in every if envelope["outcome"] in wanted)
        return chosen if model is None else typed(chosen, model)

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
            as_list(paths) or [],
            task=task,
            kind=kind,
            inputs=as_list(inputs) or [],
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

    def clean(
        self,
        *,
        older_than: float | None = None,
        runs: bool = False,
        remote: bool = False,
        dry_run: bool = False,
        confirm: Callable[[cleaning.Cleaning], bool] | None = None,
    ) -> cleaning.Cleaning:
        """Remove old runs here, and our uploads on the service whose answers are safe here.

        Args:
            older_than: days since a run ended; 30 when None. Uploads go whatever their age.
            runs, remote: only the one or the other; neither: both.
            dry_run: say what would go, and remove nothing.
            confirm: asked once, with what would go; None removes without a question.

        Raises:
            HeldBack: ``confirm`` said no.
        """
        found = cleaning.survey(self._place, older_than=older_than, runs=runs, remote=remote)
        return found if dry_run else cleaning.clean(self._place, found, confirm)

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
