"""Effects that stop the program: a disk and a journal that die at the n-th thing they are asked to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from processor.api.workplace import Workplace
from processor.core.layout import Layout
from processor.effects.files import LocalFiles
from processor.effects.log import LoggingObserver, Silence
from processor.effects.service import Service
from processor.ports import Journal
from tests.clock import FakeClock

_WRITES = frozenset({"finish_run", "save_outcomes"})


class Cut(BaseException):
    """The program dies here."""


@dataclass
class Countdown:
    """Dies before or after the ``left``-th effect; counts them when it is never reached."""

    left: int = -1
    after: bool = False
    seen: list[str] = field(default_factory=list)

    @contextmanager
    def around(self, effect: str) -> Iterator[None]:
        self.seen.append(effect)
        due = len(self.seen) == self.left
        if due and not self.after:
            raise Cut(effect)
        yield
        if due:
            raise Cut(effect)


class CutFiles(LocalFiles):
    """The real disk, until the cut; what was being written then stays as it is."""

    def __init__(self, countdown: Countdown) -> None:
        self._countdown = countdown

    @contextmanager
    def writing(self, path: Path, *, durable: bool) -> Iterator[BinaryIO]:
        with self._countdown.around(f"begin {path.name}"):
            pass
        with (
            self._countdown.around(f"write {path.name}"),
            super().writing(path, durable=durable) as file,
        ):
            yield file

    def rename(self, source: Path | str, target: Path | str) -> None:
        with self._countdown.around(f"rename {Path(target).name}"):
            super().rename(source, target)

    def remove(self, path: Path) -> None:
        with self._countdown.around(f"remove {path.name}"):
            super().remove(path)

    def sync(self) -> None:
        """Not carried out: nothing here is lost by a process that dies."""


class CutJournal:
    """The real journal, until the cut."""

    def __init__(self, inner: Journal, countdown: Countdown) -> None:
        self._inner = inner
        self._countdown = countdown

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in _WRITES:
            return method

        def act(*arguments: Any, **options: Any) -> Any:
            with self._countdown.around(f"journal.{name}"):
                return method(*arguments, **options)

        return act


@dataclass(kw_only=True)
class CutWorkplace(Workplace):
    """A workplace whose effects are counted."""

    countdown: Countdown

    def open_journal(self) -> Journal:
        return cast(Journal, CutJournal(super().open_journal(), self.countdown))


def cut_workplace(outputs: Path, countdown: Countdown) -> CutWorkplace:
    """A workplace on ``outputs`` that needs no service."""
    layout = Layout(outputs)
    observer = LoggingObserver(Silence())
    service = Service(
        layout=layout, observer=observer, api_key="none", api_key_file=None, env_file=None,
        base_url=None, sandbox=False, faults=None, timeout_seconds=1.0,
    )  # fmt: skip
    return CutWorkplace(
        layout=layout,
        service=service,
        clock=FakeClock(),
        observer=observer,
        files=CutFiles(countdown),
        countdown=countdown,
    )
