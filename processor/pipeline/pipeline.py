"""The pipeline: a run built, driven, judged and reported, with what the steps need of the world."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from processor.core.admission import safe_room
from processor.core.adoption import adopted_jobs
from processor.core.attachment import Attachment
from processor.core.ids import RunId
from processor.core.item import Item
from processor.core.layout import Layout
from processor.core.lessons import Lessons, rules_digest
from processor.core.models import Model
from processor.core.plan import Build
from processor.core.reroute import rerouted
from processor.core.saving import prompt_digest
from processor.core.state import State
from processor.core.tally import Tally
from processor.core.task import Task
from processor.errors import BadInput, NotFinished
from processor.pipeline.adoption import take_over
from processor.pipeline.binding import Binder, set_unbound
from processor.pipeline.driving import Driver
from processor.pipeline.jobs import absence, how_many, job_of, new_job
from processor.pipeline.judging import Judging
from processor.pipeline.reporting import Reporting
from processor.ports import Clock, Files, Gateway, Journal, Observer, RunRow
from processor.steps.build import build
from processor.steps.building import Building, Cutting
from processor.steps.patience import Patience
from processor.steps.reuse import KnownAnswers
from processor.steps.save import ENVELOPES, Saving, save


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The steps, with what they need of the world.

    Attributes:
        gateway: makes the connection when it is first needed.
        base_url: the service's address, as reports show it.
        settle_seconds: how long the service may take to list a job it has made.
    """

    journal: Journal
    files: Files
    clock: Clock
    observer: Observer
    layout: Layout
    gateway: Callable[[], Gateway]
    models: Mapping[str, Model]
    base_url: str
    version: str
    settle_seconds: float

    # -- load, build --------------------------------------------------------------------------

    def build(
        self,
        run: RunRow,
        task: Task,
        items: Iterable[Item],
        *,
        excluded: tuple[str, ...],
        random_part: str,
        fresh: bool,
        again: Callable[[], Iterable[Item]] | None,
        cutting: Cutting,
        attach: Callable[[Item], Sequence[Attachment]] | None = None,
        approve: Callable[[Build], Mapping[str, Any] | None],
    ) -> RunRow:
        """Make the request files of the run's items: BUILDING to BUILT.

        Args:
            fresh: ask for every item, also where an accepted answer is known.
            cutting: what makes it several jobs.
            attach: the files that go along with an item.
            approve: gets what was built, and raises or returns the estimate that is to be kept.
        """
        parent = run.retry_of
        building = Building(
            files=self.files,
            journal=self.journal,
            observer=self.observer,
            run=run.id,
            folder=self.layout.run(run.id),
            known=None if fresh else self.known_answers(run, task),
            attempt_of=None if parent is None else self._attempts(parent),
            again=again,
            cutting=cutting,
            attach=attach,
        )
        made = build(building, items, task)
        check_count(made.item_count, run.options.get("expect"))
        jobs = [
            new_job(run.id, number, file, random_part) for number, file in enumerate(made.files, 1)
        ]
        if task.refers:
            jobs = set_unbound(self.files, building.folder, jobs)
        if adopted := adopted_jobs(run.options):
            jobs = take_over(jobs, adopted, self.clock.now())
        expected = approve(made)
        self.journal.built(
            run.id, jobs, item_count=made.item_count, excluded=excluded, estimate=expected
        )
        reused = made.item_count - made.request_count
        known = f", {reused:,} of them known already" if reused else ""
        self.observer.step(
            "build",
            f"{made.item_count:,} items{known}, {made.size_bytes:,} bytes for {how_many(jobs)}",
        )
        return self.row(run.id)

    def known_answers(self, run: RunRow, task: Task) -> KnownAnswers:
        """What earlier runs of this outputs folder had accepted."""
        return KnownAnswers(
            journal=self.journal,
            folder=self.layout.run,
            profile=task.profile,
            maker=self._reporting(run).envelopes(()),
        )

    # -- submit, poll, fetch ------------------------------------------------------------------

    def driver(self, run: RunRow, task: Callable[[], Task], *, interval: float) -> Driver:
        """Who takes the run's jobs from BUILT to FETCHED.

        Args:
            task: loads the run's task, when answers must be judged before the end.
        """
        judging = self._judging(run, task)
        patience = Patience(
            clock=self.clock,
            observer=self.observer,
            interval_seconds=interval,
            settle_seconds=self.settle_seconds,
        )
        folder = self.layout.run(run.id)
        binder = Binder(
            gateway=self.gateway,
            journal=self.journal,
            files=self.files,
            patience=patience,
            folder=folder,
            run=run,
            task=task,
        )
        return Driver(
            gateway=self.gateway,
            journal=self.journal,
            files=self.files,
            patience=patience,
            folder=folder,
            run=run,
            binder=binder,
            room=safe_room(run.options.get("enqueued_limit")),
            hold=lambda: rerouted(self.models, run.model, self.clock.now().date()),
            judge_canary=judging.canary if run.options.get("canary") else None,
            look_early=judging.look_early if len(self.journal.jobs(run.id)) > 1 else None,
        )

    # -- validate, save, report ---------------------------------------------------------------

    def collect(self, run: RunRow, task: Task) -> dict[str, Any]:
        """Judge and save what was fetched, and report: FETCHED to DONE or FAILED.

        Raises:
            NotFinished: a job has not come to its end yet; nothing is saved then.
        """
        jobs = self.journal.jobs(run.id)
        for job in jobs:
            if job.state not in (State.FETCHED, State.FAILED):
                raise NotFinished(
                    f"Run {run.id} is not finished: job {job.number} is {job.state}. "
                    f"`truebatch resume {run.id}` waits for it.",
                    run=run.id,
                )
        reporting = self._reporting(run)
        outputs = self.layout.task_outputs(run.task)
        self.files.make_folder(outputs)
        saving = Saving(
            files=self.files,
            journal=self.journal,
            observer=self.observer,
            folder=self.layout.run(run.id),
            outputs=outputs,
            maker=reporting.envelopes(jobs),
            absent=lambda position: absence(job_of(jobs, position)),
            group_by=task.group_by,
        )
        lessons = Lessons(task.profile)
        judged = self._judging(run, lambda: task).answers(jobs, lessons)
        tally = save(saving, judged, item_count=run.item_count)
        learnt = {
            **lessons.as_json(),
            "rules": {"sha256": rules_digest(task.files), "folder": "task"},
            "prompt_sha256": prompt_digest(task.files),
            "group_by": task.group_by,
        }
        return reporting.finish(jobs, tally, learnt)

    def refuse(self, run: RunRow, why: Mapping[str, Any]) -> dict[str, Any]:
        """End a run of which nothing can be sent, as FAILED: no items, an empty report.

        Args:
            why: the error, ``{"kind", "message", "exit_code", "run"}``.
        """
        self.files.write(self.layout.run(run.id) / ENVELOPES, b"")
        reporting = self._reporting(run)
        tally = Tally(reporting.envelopes(()).price, ())
        return reporting.finish((), tally, {"refused": dict(why)})

    def report_again(self, run: RunRow, envelopes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """The report of a run that has ended, from its envelopes; nothing is judged again."""
        return self._reporting(run).again(envelopes)

    def row(self, run: str) -> RunRow:
        """The journal's row of a run that is known to be there."""
        row = self.journal.run(run)
        assert row is not None
        return row

    # -- within -------------------------------------------------------------------------------

    def _judging(self, run: RunRow, task: Callable[[], Task]) -> Judging:
        return Judging(
            journal=self.journal, observer=self.observer, layout=self.layout, run=run, task=task
        )

    def _reporting(self, run: RunRow) -> Reporting:
        return Reporting(
            journal=self.journal,
            files=self.files,
            clock=self.clock,
            observer=self.observer,
            layout=self.layout,
            models=self.models,
            base_url=self.base_url,
            version=self.version,
            run=run,
        )

    def _attempts(self, parent: RunId) -> Callable[[str], int]:
        return lambda item_id: self.journal.attempts(parent, item_id) + 1


def check_count(count: int, expect: int | None) -> None:
    """Hold the number of items against what the user expects.

    Raises:
        BadInput: they differ.
    """
    if expect is not None and count != expect:
        raise BadInput(f"{count} items were loaded, {expect} expected. Nothing was sent.")
