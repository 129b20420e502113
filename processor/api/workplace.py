"""The workplace of a processor: one outputs folder, its journal, and the service it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from processor import __version__
from processor.core.layout import Layout
from processor.core.models import Model
from processor.core.plan import Plan
from processor.core.task import Task
from processor.core.task_parser import parse_task
from processor.core.web_page import PageLimits
from processor.effects.files import LocalFiles
from processor.effects.journal import SqliteJournal
from processor.effects.lock import driving
from processor.effects.log import run_log
from processor.effects.models import read_models
from processor.effects.service import Service
from processor.effects.tasks import read_task_files
from processor.errors import WrongUsage
from processor.pipeline import Pipeline
from processor.ports import Clock, Files, Gateway, Journal, Observer, RunRow, Web

POLL_SECONDS = 300.0
SANDBOX_POLL_SECONDS = 2.0


@dataclass(kw_only=True)
class Workplace:
    """What every verb needs; opened when it is needed.

    Attributes:
        models_file: a ``models.toml`` over the built-in and the user's own.
        confirm: asks the user about a plan before it is carried out.
        page_limits: of the pages that addresses lead to.
    """

    layout: Layout
    service: Service
    clock: Clock
    observer: Observer
    files: Files = field(default_factory=LocalFiles)
    models_file: str | None = None
    confirm: Callable[[Plan], bool] | None = None
    page_limits: PageLimits = field(default_factory=PageLimits)
    _driven: set[str] = field(default_factory=set, init=False)
    last_driven: str | None = field(default=None, init=False)

    @cached_property
    def journal(self) -> Journal:
        return self.open_journal()

    def open_journal(self) -> Journal:
        """A connection to the folder's journal."""
        return SqliteJournal(self.layout.journal)

    def gateway(self) -> Gateway:
        """The connection to the service."""
        return self.service.gateway()

    def web(self) -> Web:
        """The connection to the web, for items from addresses."""
        from processor.effects.web import OpenWeb  # most runs need none

        return OpenWeb(limits=self.page_limits, user_agent=f"truebatch/{__version__}")

    @cached_property
    def models(self) -> Mapping[str, Model]:
        return read_models(self.models_file)

    @property
    def pipeline(self) -> Pipeline:
        """The steps, on this workplace."""
        return Pipeline(
            journal=self.journal,
            files=self.files,
            clock=self.clock,
            observer=self.observer,
            layout=self.layout,
            gateway=self.gateway,
            models=self.models,
            base_url=self.service.address,
            version=__version__,
            settle_seconds=self.service.settle_seconds,
        )

    @contextmanager
    def driving(self, run: str) -> Iterator[None]:
        """Be the one process that drives ``run``; within another block for it, nothing happens.

        Raises:
            DrivenElsewhere: another process drives it.
        """
        if run in self._driven:
            yield
            return
        with driving(self.layout.lock(run), run), run_log(self.layout.log(run), run):
            self._driven.add(run)
            self.last_driven = run
            try:
                yield
            finally:
                self._driven.discard(run)

    def row(self, run: str) -> RunRow:
        """The run of this id, or with a job of this name.

        Raises:
            WrongUsage: there is none.
        """
        row = self.journal.run(run)
        if row is None:
            raise WrongUsage(
                f"There is no run {run!r} in {self.layout.outputs}. `truebatch list` shows them; "
                "other folders are named with --outputs."
            )
        return row

    def parse_task(self, folder: Path, model: str | None) -> Task:
        """The task in ``folder``, for this service."""
        return parse_task(
            read_task_files(folder), origin=str(folder), model=model, sandbox=self.service.sandbox
        )

    def copied_task(self, run: RunRow) -> Task:
        """The task as it was when the run began."""
        return self.parse_task(self.layout.task_copy(run.id), run.model)

    def interval(self, given: float | None, run: RunRow | None = None) -> float:
        """Seconds between polls: as given, as the run was started with, or the default.

        Raises:
            WrongUsage: it is not above zero.
        """
        if given is not None and not given > 0:
            raise WrongUsage("--poll-interval is a number of seconds above 0.")
        remembered = run.options.get("poll_interval") if run else None
        default = SANDBOX_POLL_SECONDS if self.service.sandbox else POLL_SECONDS
        return float(given or remembered or default)

    def close(self) -> None:
        """Let go of the journal and the connection."""
        self.service.close()
        if "journal" in self.__dict__:
            self.journal.close()
            del self.__dict__["journal"]
