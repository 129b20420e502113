"""Judging: what validation says of the answers of a run's jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from processor.core.layout import Layout
from processor.core.lessons import Lessons
from processor.core.state import State
from processor.core.task import Task
from processor.pipeline.first_look import first_look
from processor.ports import JobRow, Journal, Observer, RunRow
from processor.steps.fetch import answers_name
from processor.steps.inputs import stored_items
from processor.steps.reuse import kept_answers
from processor.steps.validate import Answered, Kept, Order, Stray, read_answers, validate


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Judges one run's answers; nothing is saved here.

    Attributes:
        task: loads the run's task, when answers must be judged.
    """

    journal: Journal
    observer: Observer
    layout: Layout
    run: RunRow
    task: Callable[[], Task]

    def answers(
        self, jobs: tuple[JobRow, ...], lessons: Lessons
    ) -> Iterator[Answered | Stray | Kept]:
        """All that the run has: what was known already, then what ``jobs`` brought, one at a time."""
        yield from kept_answers(self.journal, self.run.id, self.layout.run(self.run.id))
        yield from self._of_jobs(jobs, self.task(), lessons)

    def look_early(self, job: JobRow) -> None:
        """Tell what the answers of one job come to while others go on."""
        task = self.task()
        look = first_look(job, self._of_jobs((job,), task, Lessons(task.profile)))
        if look.alarming:
            self.observer.warn(f"{look.text}. See {answers_name(job)}; `cancel` stops the others.")
        else:
            self.observer.step("validate", look.text)

    def canary(self, job: JobRow) -> str | None:
        """None when the run's first job did well enough for the rest to be sent, else why not."""
        if job.state is not State.FETCHED:
            return f"the canary's job {job.name} {job.service_state}: {job.error or 'no answers'}"
        task = self.task()
        answers = self._of_jobs((job,), task, Lessons(task.profile))
        judgements = {a.item[0]: a.judgement for a in answers if isinstance(a, Answered)}
        return task.canary.verdict(judgements.values(), job.request_count)

    def _of_jobs(
        self, jobs: tuple[JobRow, ...], task: Task, lessons: Lessons
    ) -> Iterator[Answered | Stray]:
        folder = self.layout.run(self.run.id)
        with stored_items(task.profile, folder) as items:
            for job in jobs:
                if job.state is State.FETCHED:
                    yield from validate(
                        read_answers(folder / answers_name(job)),
                        order=Order(self.journal, job, self.run.task),
                        profile=task.profile,
                        items=items,
                        lessons=lessons,
                    )
