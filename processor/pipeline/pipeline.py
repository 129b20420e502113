"""The pipeline: a run built, driven, judged and reported, with what the steps need of the world."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from processor.core.admission import safe_room
from processor.core.envelope import EnvelopeMaker
from processor.core.ids import RunId
from processor.core.item import Item
from processor.core.layout import Layout
from processor.core.lessons import Lessons, rules_digest
from processor.core.models import Model, find_model
from processor.core.plan import Build
from processor.core.report import make_report
from processor.core.reroute import rerouted
from processor.core.saving import prompt_digest
from processor.core.state import State, is_lost
from processor.core.tally import Tally
from processor.core.task import Task
from processor.errors import BadInput, NotFinished
from processor.pipeline.driving import Driver
from processor.pipeline.first_look import first_look
from processor.pipeline.jobs import absence, end_of, how_many, job_of, new_job, shown
from processor.ports import Clock, Files, Gateway, JobRow, Journal, Observer, RunRow
from processor.steps.build import Building, Cutting, build
from processor.steps.fetch import answers_name
from processor.steps.inputs import stored_items
from processor.steps.patience import Patience
from processor.steps.report import REPORT_JSON, write_report
from processor.steps.reuse import KnownAnswers, kept_answers
from processor.steps.save import Saving, save
from processor.steps.validate import Answered, Kept, Order, Stray, read_answers, validate


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
        approve: Callable[[Build], Mapping[str, Any] | None],
    ) -> RunRow:
        """Make the request files of the run's items: BUILDING to BUILT.

        Args:
            fresh: ask for every item, also where an accepted answer is known.
            cutting: what makes it several jobs.
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
        )
        made = build(building, items, task)
        check_count(made.item_count, run.options.get("expect"))
        jobs = [
            new_job(run.id, number, file, random_part) for number, file in enumerate(made.files, 1)
        ]
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
            maker=self._envelopes(run, ()),
        )

    # -- submit, poll, fetch ------------------------------------------------------------------

    def driver(self, run: RunRow, task: Callable[[], Task], *, interval: float) -> Driver:
        """Who takes the run's jobs from BUILT to FETCHED.

        Args:
            task: loads the run's task, when answers must be judged before the end.
        """
        return Driver(
            gateway=self.gateway,
            journal=self.journal,
            files=self.files,
            patience=Patience(
                clock=self.clock,
                observer=self.observer,
                interval_seconds=interval,
                settle_seconds=self.settle_seconds,
            ),
            folder=self.layout.run(run.id),
            run=run,
            room=safe_room(run.options.get("enqueued_limit")),
            hold=lambda: rerouted(self.models, run.model, self.clock.now().date()),
            judge_canary=partial(self._judge_canary, run, task)
            if run.options.get("canary")
            else None,
            look_early=partial(self._look_early, run, task)
            if len(self.journal.jobs(run.id)) > 1
            else None,
        )

    def _look_early(self, run: RunRow, task: Callable[[], Task], job: JobRow) -> None:
        """Tell what the answers of one job come to while others go on; nothing is saved."""
        asked = task()
        look = first_look(job, self._judged_jobs(run, (job,), asked, Lessons(asked.profile)))
        if look.alarming:
            self.observer.warn(f"{look.text}. See {answers_name(job)}; `cancel` stops the others.")
        else:
            self.observer.step("validate", look.text)

    def _judge_canary(self, run: RunRow, task: Callable[[], Task], job: JobRow) -> str | None:
        """None when the run's first job did well enough for the rest to be sent, else why not."""
        if job.state is not State.FETCHED:
            return f"the canary's job {job.name} {job.service_state}: {job.error or 'no answers'}"
        asked = task()
        lessons = Lessons(asked.profile)
        answers = self._judged_jobs(run, (job,), asked, lessons)
        judgements = {a.item[0]: a.judgement for a in answers if isinstance(a, Answered)}
        return asked.canary.verdict(judgements.values(), job.request_count)

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
        outputs = self.layout.task_outputs(run.task)
        self.files.make_folder(outputs)
        saving = Saving(
            files=self.files,
            journal=self.journal,
            observer=self.observer,
            folder=self.layout.run(run.id),
            outputs=outputs,
            maker=self._envelopes(run, jobs),
            absent=lambda position: absence(job_of(jobs, position)),
            group_by=task.group_by,
        )
        lessons = Lessons(task.profile)
        judged = self._judged(run, jobs, task, lessons)
        tally = save(saving, judged, item_count=run.item_count)
        learnt = {
            **lessons.as_json(),
            "rules": {"sha256": rules_digest(task.files), "folder": "task"},
            "prompt_sha256": prompt_digest(task.files),
            "group_by": task.group_by,
        }
        return self._finish(run, jobs, tally, learnt)

    def report_again(self, run: RunRow, envelopes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """The report of a run that has ended, from its envelopes; nothing is judged again."""
        jobs = self.journal.jobs(run.id)
        learnt = run.result or {}
        tally = Tally(self._envelopes(run, jobs).price, learnt.get("group_by", ()))
        for envelope in envelopes:
            tally.add(envelope)
        for rule, count in learnt.get("strays", {}).items():
            tally.note(rule, count)
        report = self._report(run, jobs, tally, str(run.ended_at), learnt)
        write_report(report, folder=self.layout.run(run.id), files=self.files)
        return report

    def row(self, run: str) -> RunRow:
        """The journal's row of a run that is known to be there."""
        row = self.journal.run(run)
        assert row is not None
        return row

    def _judged(
        self, run: RunRow, jobs: tuple[JobRow, ...], task: Task, lessons: Lessons
    ) -> Iterator[Answered | Stray | Kept]:
        yield from kept_answers(self.journal, run.id, self.layout.run(run.id))
        yield from self._judged_jobs(run, jobs, task, lessons)

    def _judged_jobs(
        self, run: RunRow, jobs: tuple[JobRow, ...], task: Task, lessons: Lessons
    ) -> Iterator[Answered | Stray]:
        folder = self.layout.run(run.id)
        with stored_items(task.profile, folder) as items:
            for job in jobs:
                if job.state is State.FETCHED:
                    yield from validate(
                        read_answers(folder / answers_name(job)),
                        order=Order(self.journal, job, run.task),
                        profile=task.profile,
                        items=items,
                        lessons=lessons,
                    )

    def _finish(
        self, run: RunRow, jobs: tuple[JobRow, ...], tally: Tally, learnt: Mapping[str, Any]
    ) -> dict[str, Any]:
        ended_at = self.clock.now().isoformat()
        report = self._report(run, jobs, tally, ended_at, learnt)
        write_report(report, folder=self.layout.run(run.id), files=self.files)
        # Outputs and reports are not synced one by one: this is the one sync before the end.
        self.files.sync()
        short = {name: report[name] for name in ("counts", "cost", "tokens")}
        self.journal.finish_run(
            run.id,
            State(report["state"]),
            ended_at=ended_at,
            reason=report["reason"],
            result={
                **learnt,
                **short,
                "strays": tally.strays,
                "spending": tally.spending.as_json(),
                "estimate": run.options.get("estimate"),
            },
        )
        self.observer.step("report", f"{self.layout.run(run.id) / REPORT_JSON}")
        return report

    def _report(
        self,
        run: RunRow,
        jobs: tuple[JobRow, ...],
        tally: Tally,
        ended_at: str,
        learnt: Mapping[str, Any],
    ) -> dict[str, Any]:
        bad = [job for job in jobs if is_lost(job.state, job.service_state)]
        reason = "; ".join(end_of(job) for job in bad)
        return make_report(
            run={
                "id": run.id,
                "task": run.task,
                "model": run.model,
                "excluded": run.excluded,
                "created_at": run.created_at,
                "estimate": run.options.get("estimate"),
                "retry_of": run.retry_of,
                "retries": list(self.journal.retries(run.id)),
            },
            jobs=[shown(job) for job in jobs],
            tally=tally,
            base_url=self.journal.service() or self.base_url,
            version=self.version,
            state=State.FAILED if bad else State.DONE,
            reason=reason or None,
            ended_at=ended_at,
            learnt=learnt,
        )

    # -- within -------------------------------------------------------------------------------

    def _envelopes(self, run: RunRow, jobs: tuple[JobRow, ...]) -> EnvelopeMaker:
        model = find_model(self.models, run.model)
        return EnvelopeMaker(
            run=run.id,
            task=run.task,
            model=run.model,
            price=model.price_on(_day(jobs, run)) if model else None,
            saved_at=self.clock.now().isoformat(timespec="seconds"),
        )

    def _attempts(self, parent: RunId) -> Callable[[str], int]:
        return lambda item_id: self.journal.attempts(parent, item_id) + 1


def _day(jobs: tuple[JobRow, ...], run: RunRow) -> date:
    submitted = jobs[0].submitted_at if jobs else None
    return datetime.fromisoformat(submitted or run.created_at).date()


def check_count(count: int, expect: int | None) -> None:
    """Hold the number of items against what the user expects.

    Raises:
        BadInput: they differ.
    """
    if expect is not None and count != expect:
        raise BadInput(f"{count} items were loaded, {expect} expected. Nothing was sent.")
