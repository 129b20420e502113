"""The effects of the program, each of which may be its last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, cast

from processor.api.workplace import Workplace
from processor.effects.files import LocalFiles
from processor.ports import Gateway, Journal
from tests.crash.cuts import Cuts

READS = frozenset(
    {
        "accepted", "accepted_since", "active_jobs", "attachments", "attempts", "cache", "caches",
        "close", "figures", "has_accepted", "items", "jobs", "newest_accepted", "newest_outcomes",
        "position_of", "retries", "run", "runs", "service", "unfinished", "uploads",
    }
)  # fmt: skip
"""What of the journal changes nothing: a cut there is a cut at the effect before or after it."""
WRITES = frozenset(
    {
        "add_attachments", "add_items", "begin_run", "bind_service", "built", "claim_job", "clear_items",
        "finish_run", "forget_run", "forget_uploads", "mark", "move_job", "note_job", "save_cache",
        "save_outcomes", "save_upload",
    }
)  # fmt: skip
_SILENT = frozenset({"service_time", "close"})


class CutFiles(LocalFiles):
    """The real disk."""

    def __init__(self, cuts: Cuts, run: str) -> None:
        self._cuts = cuts
        self._run = run

    @contextmanager
    def writing(self, path: Path, *, durable: bool) -> Iterator[BinaryIO]:
        effect = self._named("writing", path)
        with self._cuts.around(effect), super().writing(path, durable=durable) as file:
            yield cast(BinaryIO, _Torn(file, lambda: self._cuts.inside(effect)))

    def write_temporary(self, path: Path | str, content: bytes) -> None:
        with self._cuts.around(self._named("write_temporary", path)):
            super().write_temporary(path, content)

    def make_folder(self, path: Path) -> None:
        with self._cuts.around(self._named("make_folder", path)):
            super().make_folder(path)

    def rename(self, source: Path | str, target: Path | str) -> None:
        with self._cuts.around(self._named("rename", target)):
            super().rename(source, target)

    def protect(self, path: Path) -> None:
        with self._cuts.around(self._named("protect", path)):
            super().protect(path)

    def remove(self, path: Path) -> None:
        with self._cuts.around(self._named("remove", path)):
            super().remove(path)

    def sync(self) -> None:
        # Not carried out: a kill loses nothing that the system has taken, and every other program on
        # the machine would wait for it some hundred times.
        with self._cuts.around("files.sync"):
            pass

    def _named(self, what: str, path: Path | str) -> str:
        return f"files.{what} {Path(path).name.removesuffix(f'.{self._run}.tmp')}"


class _Torn:
    """A file of which half of the first piece is on the disk at one instant."""

    def __init__(self, file: BinaryIO, torn: Callable[[], None]) -> None:
        self._file = file
        self._torn = torn
        self._whole = True

    def write(self, data: Any) -> int:
        if not self._whole:
            return self._file.write(data)
        self._whole = False
        half = len(data) // 2
        written = self._file.write(data[:half])
        self._file.flush()
        self._torn()
        return written + self._file.write(data[half:])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class CutJournal:
    """The real journal: every call that writes is an effect, whatever its name."""

    def __init__(self, inner: Journal, cuts: Cuts) -> None:
        self._inner = inner
        self._cuts = cuts

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name in READS:
            return method

        def act(*arguments: Any, **changes: Any) -> Any:
            with self._cuts.around(_journal_effect(name, arguments, changes)):
                return method(*arguments, **changes)

        return act


def _journal_effect(name: str, arguments: tuple[Any, ...], changes: dict[str, Any]) -> str:
    match name:
        case "move_job":
            return f"journal.move_job to {arguments[1]}"
        case "claim_job":
            return "journal.move_job to SUBMITTING"
        case "note_job":
            return f"journal.note_job {', '.join(changes)}"
        case _:
            return f"journal.{name}"


class CutGateway:
    """The real gateway: every call is an effect, uploads also when a piece has arrived."""

    def __init__(self, inner: Gateway, cuts: Cuts) -> None:
        self._inner = inner
        self._cuts = cuts

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name in _SILENT:
            return method

        def act(*arguments: Any, **options: Any) -> Any:
            effect = f"gateway.{name}"
            if name == "upload":
                options["progress"] = self._told(effect, options["progress"])
            with self._cuts.around(effect):
                return method(*arguments, **options)

        return act

    def _told(self, effect: str, progress: Callable[[int], None]) -> Callable[[int], None]:
        def tell(done: int) -> None:
            self._cuts.inside(effect)
            progress(done)

        return tell


@dataclass(kw_only=True)
class CutWorkplace(Workplace):
    """The real workplace, whose every effect is watched."""

    cuts: Cuts

    def open_journal(self) -> Journal:
        with self.cuts.around("journal.open"):
            inner = super().open_journal()
        return cast(Journal, CutJournal(inner, self.cuts))

    def gateway(self) -> Gateway:
        return self._watched

    @cached_property
    def _watched(self) -> Gateway:
        return cast(Gateway, CutGateway(super().gateway(), self.cuts))
