"""The verbs that make a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Unpack

from processor.api import adopting, looking, pages, standard_input, starting
from processor.api.driving import Driving
from processor.api.options import RunOptions, pace, recorded
from processor.api.retrying import MAX_ATTEMPTS
from processor.api.source import Values, find_source, recorded_source
from processor.core.ids import RunId
from processor.core.plan import Plan
from processor.core.status import Status
from processor.core.task import Task
from processor.errors import WrongUsage

DEFAULT_TASK = "stage_1a"


class Making(Driving):
    """Plan, submit, run, retry, adopt."""

    def plan(
        self,
        task: str = DEFAULT_TASK,
        *,
        items: Iterable[Mapping[str, Any]] | None = None,
        urls: Sequence[str] | None = None,
        model: str | None = None,
        **options: Unpack[RunOptions],
    ) -> Plan:
        """All local steps, nothing sent, nothing kept; see ``RunOptions``.

        Raises:
            HeldBack: another model would answer, or the service would refuse it.
        """
        count = pages.check_urls(urls)
        kept = recorded(task, options, inputs_given=items is None, pace={}, urls=count)
        parsed = starting.task_named(self._place, task, model, kept)
        with (
            standard_input.kept_for_plan(kept) as stdin,
            pages.kept_urls_for_plan(urls) as listed,
        ):
            if items is None:
                source = recorded_source(self._place, parsed, kept, stdin=stdin, urls=listed)
            else:
                source = find_source(parsed, inputs=None, items=items, exclude=())
            return starting.plan(self._place, parsed, source, kept)

    def submit(
        self,
        task: str = DEFAULT_TASK,
        *,
        items: Iterable[Mapping[str, Any]] | None = None,
        urls: Sequence[str] | None = None,
        model: str | None = None,
        run: str | None = None,
        poll_interval: float | None = None,
        max_wait: float | None = None,
        **options: Unpack[RunOptions],
    ) -> Status:
        """Load, build and submit, and return at once; see ``RunOptions``.

        Args:
            task: a built-in name, a name in the user's task folder, or a folder.
            items: the items themselves, as mappings, instead of ``inputs``.
            urls: addresses of web pages, instead of ``inputs``: each page is fetched, and is an item
                ``{"id", "title", "contents", "url"}``. They are kept with the run, so that ``resume``
                and ``retry`` need nobody to hand them over again. Fetching takes its time; what is no
                address at all raises ``BadInput`` before it begins. Hosts that are not on the public
                internet are refused unless ``allow_host`` names them: never take that from a client.
            model: asked instead of the task's own.
            run: the run's id.
            poll_interval, max_wait: seconds, remembered for ``resume``.

        Raises:
            HeldBack: a limit of the user's, or what the service would refuse; nothing was sent.
        """
        timing = pace(self._place, poll_interval, max_wait)
        count = pages.check_urls(urls)
        kept = recorded(task, options, inputs_given=items is None, pace=timing, urls=count)
        self._place.service.check(self._place.journal)
        parsed = starting.task_named(self._place, task, model, kept)
        return self._submit(parsed, kept, name=run, items=items, urls=urls)

    def run(
        self,
        task: str = DEFAULT_TASK,
        *,
        items: Iterable[Mapping[str, Any]] | None = None,
        urls: Sequence[str] | None = None,
        model: str | None = None,
        run: str | None = None,
        poll_interval: float | None = None,
        max_wait: float | None = None,
        **options: Unpack[RunOptions],
    ) -> dict[str, Any]:
        """All steps; arguments as for ``submit``. Returns the report.

        Raises:
            NotFinished: ``max_wait`` came first; the job goes on.
        """
        submitted = self.submit(
            task,
            items=items,
            urls=urls,
            model=model,
            run=run,
            poll_interval=poll_interval,
            max_wait=max_wait,
            **options,
        )
        with self._place.driving(submitted.run):
            self._wait(submitted.run, look_now=False)
            return self.collect(submitted.run)

    def retry(
        self,
        run: str,
        *,
        only: str | None = None,
        max_attempts: int = MAX_ATTEMPTS,
        model: str | None = None,
        name: str | None = None,
        poll_interval: float | None = None,
        max_wait: float | None = None,
    ) -> Status:
        """Submit a new run of only the rejected and failed items of ``run``, linked to it.

        The task is asked as it is today: a raised limit or a better prompt counts.

        Args:
            only: just the items with a finding of this rule.
            max_attempts: an item asked so often, over the whole chain of runs, is left out.
            name: the new run's id.

        Raises:
            HeldBack: nothing is left to ask.
        """
        self._place.service.check(self._place.journal)
        parent = self._place.row(run)
        parsed = starting.task_named(
            self._place, parent.options["task"], model or parent.model, parent.options
        )
        options = {
            **parent.options,
            "expect": None,
            "adopted": None,
            "only": only,
            "max_attempts": max_attempts,
            **pace(self._place, poll_interval, max_wait),
        }
        return self._submit(parsed, options, name=name, retry_of=parent.id)

    def adopt(
        self,
        job: str,
        task: str = DEFAULT_TASK,
        *,
        model: str | None = None,
        poll_interval: float | None = None,
        max_wait: float | None = None,
        **options: Unpack[RunOptions],
    ) -> Status:
        """Rebuild the run of a job from its jobs and the items, when the journal is lost.

        Nothing is sent. Where the jobs begin and end is told by their digests, not by limits; items
        that no job of the run asks for fail, and ``retry`` asks for them.

        Raises:
            JobUnknown: two jobs are one of the run's, or an earlier one is gone.
            BadInput: these items and this task do not make what the job was given.
        """
        place = self._place
        place.service.check(place.journal)
        view, label = adopting.look_up(place, job)
        if place.journal.run(label.run) is not None:
            raise WrongUsage(
                f"The run {label.run} of {job} is in this journal: `truebatch resume {label.run}`.",
                run=label.run,
            )
        kept = recorded(task, options, inputs_given=True, pace=pace(place, poll_interval, max_wait))
        parsed = starting.task_named(place, task, model, kept)
        adopting.check_model(view, parsed)
        jobs = adopting.jobs_of_run(place, view, label)
        with place.driving(label.run):
            row = adopting.adopt(place, parsed, label, jobs, kept)
        return looking.status_of(place, row, look=False)

    def _submit(
        self,
        task: Task,
        options: Mapping[str, Any],
        *,
        name: str | None,
        items: Values | None = None,
        urls: Sequence[str] | None = None,
        retry_of: RunId | None = None,
    ) -> Status:
        place = self._place
        run = starting.new_name(place, name, task)
        with place.driving(run):
            row = starting.start(
                place, run, task, options, items=items, urls=urls, retry_of=retry_of
            )
            self._driver(row, options["poll_interval"]).submit()
        return looking.status_of(place, place.row(run), look=False)
