"""The screen: progress for whoever watches, lines for whoever reads a pipe."""

from __future__ import annotations

import sys
from typing import Protocol

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

from processor.cli.terminal import print_progress, stderr_console
from processor.core.operation import JobView
from processor.ports import Observer

_STEP_WIDTH = 8


class Screen(Observer, Protocol):
    """An observer that lets go of the terminal at the end."""

    def close(self) -> None: ...


def make_screen(*, quiet: bool, verbose: bool) -> Screen:
    """Bars in a terminal, lines in a pipe, warnings only when quiet.

    With the log on stderr (``verbose``) the steps say nothing twice.
    """
    if quiet or verbose:
        return Quiet()
    return Bars() if sys.stderr.isatty() else Lines()


class Quiet:
    """Says only what must be known."""

    def step(self, step: str, message: str) -> None:
        """Nothing."""

    def progress(self, step: str, done: int, total: int | None, unit: str) -> None:
        """Nothing."""

    def polled(self, view: JobView, *, age_seconds: float, next_poll_seconds: float) -> None:
        """Nothing."""

    def warn(self, message: str) -> None:
        """One line."""
        print_progress(click.style("warning: ", fg="yellow") + message)

    def close(self) -> None:
        """Nothing is held."""


class Lines(Quiet):
    """A line for everything that happened."""

    def step(self, step: str, message: str) -> None:
        """One line."""
        print_progress(f"{step:<{_STEP_WIDTH}} {message}")

    def polled(self, view: JobView, *, age_seconds: float, next_poll_seconds: float) -> None:
        """One line."""
        self.step("poll", polled_text(view, age_seconds, next_poll_seconds))


class Bars:
    """Lines for what is done, one moving line below them for what goes on."""

    def __init__(self) -> None:
        self._console = stderr_console()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[step]:<8}", style="cyan"),
            BarColumn(bar_width=24),
            TextColumn("{task.description}"),
            console=self._console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._step = ""

    def step(self, step: str, message: str) -> None:
        """A line that stays."""
        self._clear()
        self._console.print(f"[cyan]{step:<{_STEP_WIDTH}}[/] ", end="")
        self._console.print(message, markup=False)

    def progress(self, step: str, done: int, total: int | None, unit: str) -> None:
        """A line that moves."""
        of = f" of {total:,}" if total else ""
        self._show(step, f"{done:,}{of} {unit}", done, total)

    def polled(self, view: JobView, *, age_seconds: float, next_poll_seconds: float) -> None:
        """A line that moves."""
        done = view.stats.answered if view.stats else 0
        total = view.stats.total if view.stats else None
        self._show("poll", polled_text(view, age_seconds, next_poll_seconds), done, total)

    def warn(self, message: str) -> None:
        """A line that stays."""
        self._clear()
        self._console.print("[yellow]warning[/] ", end="")
        self._console.print(message, markup=False)

    def close(self) -> None:
        """Give the terminal back."""
        self._clear()

    def _show(self, step: str, text: str, done: int, total: int | None) -> None:
        if self._task is None or step != self._step:
            self._clear()
            self._step = step
            self._progress.start()
            self._task = self._progress.add_task(text, total=total, step=step)
        self._progress.update(self._task, description=text, completed=done, total=total)

    def _clear(self) -> None:
        if self._task is not None:
            self._progress.stop()
            self._progress.remove_task(self._task)
            self._task = None


def polled_text(view: JobView, age_seconds: float, next_poll_seconds: float) -> str:
    """State, n of m requests, age, next poll."""
    stats = view.stats
    counted = f", {stats.answered:,} of {stats.total:,} requests" if stats else ""
    following = f", next poll in {next_poll_seconds:g} s" if next_poll_seconds else ""
    return f"{view.name} {view.state}{counted}, age {duration(age_seconds)}{following}"


def duration(seconds: float) -> str:
    """Seconds in words that suit their size."""
    whole = max(0, round(seconds))
    if whole < 120:
        return f"{whole} s"
    minutes, hours = whole // 60, whole // 3600
    return f"{minutes} min" if minutes < 120 else f"{hours} h {minutes % 60} min"
