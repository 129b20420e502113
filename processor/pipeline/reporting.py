"""Reporting: the end of a run, told from what was counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from processor.core.envelope import EnvelopeMaker
from processor.core.layout import Layout
from processor.core.models import Model, find_model
from processor.core.report import SHORT, make_report
from processor.core.state import State, is_lost
from processor.core.tally import Tally
from processor.pipeline.jobs import end_of, shown
from processor.ports import Clock, Files, JobRow, Journal, Observer, RunRow
from processor.steps.report import REPORT_JSON, write_report


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """Reports one run.

    Attributes:
        base_url: the service's address, where the journal knows of none.
    """

    journal: Journal
    files: Files
    clock: Clock
    observer: Observer
    layout: Layout
    models: Mapping[str, Model]
    base_url: str
    version: str
    run: RunRow

    def finish(
        self, jobs: tuple[JobRow, ...], tally: Tally, learnt: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Write the report, then record the run's end: DONE or FAILED."""
        run = self.run
        ended_at = self.clock.now().isoformat()
        report = self._report(jobs, tally, ended_at, learnt)
        write_report(report, folder=self.layout.run(run.id), files=self.files)
        # Outputs and reports are not synced one by one: this is the one sync before the end.
        self.files.sync()
        short = {name: report[name] for name in SHORT}
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

    def again(self, envelopes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """The report of a run that has ended, from its envelopes; nothing is judged again."""
        run = self.run
        jobs = self.journal.jobs(run.id)
        learnt = run.result or {}
        tally = Tally(self.envelopes(jobs).price, learnt.get("group_by", ()))
        for envelope in envelopes:
            tally.add(envelope)
        for rule, count in learnt.get("strays", {}).items():
            tally.note(rule, count)
        report = self._report(jobs, tally, str(run.ended_at), learnt)
        write_report(report, folder=self.layout.run(run.id), files=self.files)
        return report

    def envelopes(self, jobs: tuple[JobRow, ...]) -> EnvelopeMaker:
        """What makes the envelopes, priced at the day on which the first of ``jobs`` was submitted."""
        model = find_model(self.models, self.run.model)
        return EnvelopeMaker(
            run=self.run.id,
            task=self.run.task,
            model=self.run.model,
            price=model.price_on(self._day(jobs)) if model else None,
            saved_at=self.clock.now().isoformat(timespec="seconds"),
        )

    def _report(
        self,
        jobs: tuple[JobRow, ...],
        tally: Tally,
        ended_at: str,
        learnt: Mapping[str, Any],
    ) -> dict[str, Any]:
        run = self.run
        bad = [job for job in jobs if is_lost(job.state, job.service_state)]
        reason = "; ".join(end_of(job) for job in bad)
        refused = learnt.get("refused")
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
            state=State.FAILED if bad or refused else State.DONE,
            reason=refused["message"] if refused else reason or None,
            ended_at=ended_at,
            learnt=learnt,
        )

    def _day(self, jobs: tuple[JobRow, ...]) -> date:
        submitted = jobs[0].submitted_at if jobs else None
        return datetime.fromisoformat(submitted or self.run.created_at).date()
