"""The verbs of the dashboard: what the runs of a folder add up to, and the page that shows it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

from processor import __version__
from processor.api.accepting import write_changed_rules
from processor.api.serving import Serving
from processor.core.figures import Figures
from processor.core.overview import (
    Choice,
    OpenSuggestion,
    Overview,
    RunLine,
    by_task,
    repeated,
    total,
)
from processor.core.overview_page import overview_page
from processor.core.period import periods
from processor.steps.report import REPORT_HTML

DASHBOARD = "dashboard.html"
MOST_ON_A_PAGE = 100
MOST_IN_A_FILE = 1_000
_MOST_SUGGESTIONS = 12
_MOST_TASKS = 50  # whose newest run is asked for its suggestions


class Overviewing(Serving):
    """Overview, dashboard, accept_suggestion."""

    def overview(
        self,
        choice: Choice | None = None,
        *,
        size: int = MOST_ON_A_PAGE,
        link: Callable[[Figures], str | None] = lambda _: None,
    ) -> Overview:
        """What all runs add up to, and one page of those chosen, newest first.

        Only the journal is asked. A page beyond the last is the last.

        Args:
            size: runs on a page.
            link: the address of a run's page.
        """
        place = self._place
        chosen = choice or Choice()
        now = place.clock.now()
        figures = place.journal.figures()
        found = [run for run in reversed(figures) if chosen.takes(run)]
        pages = max(1, -(-len(found) // size))
        at = min(max(chosen.page, 1), pages)
        return Overview(
            made_at=now,
            service=place.journal.service(),
            total=total(figures),
            tasks=by_task(figures),
            periods=periods(figures),
            findings=repeated(figures),
            suggestions=self._suggestions(figures),
            choice=Choice(words=chosen.words, task=chosen.task, state=chosen.state, page=at),
            lines=tuple(
                self._line(run, now, link(run)) for run in found[(at - 1) * size : at * size]
            ),
            found=len(found),
            pages=pages,
        )

    def dashboard(self, out: str | Path | None = None) -> tuple[Overview, Path]:
        """Write the dashboard as one file that needs nothing else, with the newest thousand runs.

        Each run leads to its report, if that is there, by a path from the file's own folder.

        Args:
            out: the file; None: ``<outputs>/dashboard.html``.

        Returns:
            What it shows, and where it is.
        """
        path = self._place.layout.outputs / DASHBOARD if out is None else Path(out)
        made = self.overview(size=MOST_IN_A_FILE, link=lambda run: self._report_beside(run, path))
        page = overview_page(made, version=__version__).html
        self._place.files.write(path, page.encode())
        return made, path

    def suggestions(self, run: str) -> Sequence[Mapping[str, Any]]:
        """What the run's report suggests; nothing before its end."""
        return (self._place.row(run).result or {}).get("suggestions") or ()

    def accept_suggestion(self, run: str, number: int, line: str) -> dict[str, Any]:
        """Judge a run again by its own rules and one suggestion of its report; nothing is sent.

        The task itself stays as it is: for runs to come, its files are changed by hand.

        Args:
            number: of the suggestion, from 1.
            line: its line, so that a report that has changed meanwhile is noticed.

        Returns:
            The report, whose ``rejudged`` says what changed.

        Raises:
            NotFinished: the run has not ended.
            WrongUsage: its report has no such suggestion, or not any more.
        """
        row = self._place.row(run)
        with TemporaryDirectory(prefix="truebatch-") as folder:
            write_changed_rules(self._place, row, number, line, Path(folder))
            return self.rejudge(row.id, task=folder)

    def _line(self, run: Figures, now: datetime, link: str | None) -> RunLine:
        begun = datetime.fromisoformat(run.created_at)
        state, answered, ended = run.state.value, None, now
        if run.ended_at is not None:
            ended = datetime.fromisoformat(run.ended_at)
        elif (status := self.standing(run.run)) is not None:
            state, answered = status.state.value, status.answered
            run = run._replace(items=status.items)
        return RunLine(
            figures=run,
            state=state,
            answered=answered,
            age=(now - begun).total_seconds(),
            seconds=(ended - begun).total_seconds(),
            link=link,
        )

    def _suggestions(self, figures: Sequence[Figures]) -> tuple[OpenSuggestion, ...]:
        """Of the newest run of each task that has ended."""
        newest = {run.task: run for run in figures if run.ended}
        found: list[OpenSuggestion] = []
        for run in sorted(newest.values(), key=lambda one: -one.number)[:_MOST_TASKS]:
            row = self._place.journal.run(run.run)
            known = (row.result or {}).get("suggestions") if row else None
            found += [
                OpenSuggestion(run=run.run, task=run.task, number=number, suggestion=one)
                for number, one in enumerate(known or (), 1)
            ]
        return tuple(found[:_MOST_SUGGESTIONS])

    def _report_beside(self, run: Figures, page: Path) -> str | None:
        report = self._place.layout.run(run.run).absolute() / REPORT_HTML
        if not run.ended or not report.is_file():
            return None
        try:
            return quote(Path(os.path.relpath(report, page.absolute().parent)).as_posix())
        except ValueError:  # on Windows, another drive
            return report.as_uri()
