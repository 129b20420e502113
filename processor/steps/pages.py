"""The pages of a run: fetched when they are not kept yet, kept as they come, read as items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from processor.core.address import parse_address
from processor.core.item import Item
from processor.core.web_page import (
    Listed,
    Page,
    Unreached,
    kept_page,
    page_file,
    page_item,
    read_page,
)
from processor.errors import BadInput, DiskFailed
from processor.ports import Clock, Files, Observer, Web

WAITING_HOURS = 24
"""How long the pages of a plan, or of a run that was not built, wait for a run that takes them."""
_MOST_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """The pages that gave no article.

    Attributes:
        ids: of their items.
        lines: one sentence each: address, place in the list, reason.
    """

    ids: frozenset[str] = frozenset()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Where the pages of a run, or of a plan, are kept: one file each, there whole or not at all.

    Attributes:
        folder: its own; what is in it is never fetched again.
        others: those of the runs that it retries, which are read only.
        waiting: pages of plans, and of runs that were not built; taken over unless they are too old. A
            plan's folder is this one itself.
        web: makes the connection to the web when a page is missing.
    """

    files: Files
    clock: Clock
    observer: Observer
    folder: Path
    others: tuple[Path, ...] = ()
    waiting: Path | None = None
    web: Callable[[], Web]

    def fetch(self, items: Iterable[Item], *, allowed: frozenset[str]) -> Missed:
        """Fetch every listed page that is not kept. Nothing is fetched when the list is bad.

        Raises:
            BadInput: two lines hold one address.
        """
        sources: dict[str, str] = {}
        missing: dict[str, Listed] = {}
        for item in items:
            if isinstance(item, Listed):
                first = sources.setdefault(item.id, item.source)
                if first is not item.source:
                    raise BadInput(
                        f"{item.url} is listed twice: {first} and {item.source}. Two items of one "
                        "page would be paid for twice; leave one out."
                    )
                if not self._is_kept(item.url):
                    missing[item.id] = item
        if not sources:
            return Missed()
        del sources
        self._prune()
        return self._fetch(missing, allowed)

    def fill(self, items: Iterable[Item], missed: Missed) -> Iterator[Item]:
        """The items, each listed one with its page; those in ``missed`` are left out.

        Raises:
            DiskFailed: a page that was fetched is not there any more.
        """
        for item in items:
            if not isinstance(item, Listed):
                yield item
            elif item.id not in missed.ids:
                yield self._page(item)

    def give_back(self) -> None:
        """Let the pages wait for the next run: this one is not built."""
        if self.waiting is None or not self.folder.is_dir():
            return
        self.files.make_folder(self.waiting)
        for path in self.folder.iterdir():
            if path.suffix == ".json":
                self.files.rename(path, self.waiting / path.name)

    def _fetch(self, missing: dict[str, Listed], allowed: frozenset[str]) -> Missed:
        total = len(missing)
        if not total:
            return Missed()
        self.observer.step("load", f"{_pages(total)} to fetch")
        self.files.make_folder(self.folder)
        reasons: dict[str, str] = {}
        addresses = (parse_address(item.url) for item in missing.values())
        for done, came in enumerate(self.web().fetch(addresses, allowed=allowed), 1):
            match came:
                case Page():
                    content = kept_page(came, self.clock.now())
                    self.files.write(self.folder / page_file(came.address.url), content)
                case Unreached():
                    reasons[came.address.id] = came.reason
            self.observer.progress("load", done, total, "pages")
        self.observer.step(
            "load", f"{_pages(total - len(reasons))} fetched, {len(reasons):,} failed"
        )
        lines = tuple(
            f"{item.url} ({item.source}): {reasons[item.id]}"
            for item in missing.values()
            if item.id in reasons
        )
        return Missed(ids=frozenset(reasons), lines=lines)

    def _is_kept(self, url: str) -> bool:
        its_own = self.folder != self.waiting
        if its_own and any(_read(folder, url) is not None for folder in self._folders()):
            return True
        kept = None if self.waiting is None else _read(self.waiting, url)
        if self.waiting is None or kept is None or kept[0] < self._oldest():
            return False
        return self._take(self.waiting, page_file(url)) if its_own else True

    def _take(self, waiting: Path, name: str) -> bool:
        """Taken, not copied: one run's pages are its own, and what waits belongs to nobody."""
        self.files.make_folder(self.folder)
        try:
            self.files.rename(waiting / name, self.folder / name)
        except DiskFailed:  # another run was faster
            return False
        return True

    def _folders(self) -> tuple[Path, ...]:
        return (self.folder, *self.others)

    def _oldest(self) -> datetime:
        return self.clock.now() - timedelta(hours=WAITING_HOURS)

    def _page(self, item: Listed) -> Item:
        for folder in self._folders():
            kept = _read(folder, item.url)
            if kept is not None:
                return page_item(item, kept[1])
        raise DiskFailed(
            f"The page of {item.url} ({item.source}) was in {self.folder} and is gone. "
            "The same command fetches it again."
        )

    def _prune(self) -> None:
        """Remove what has waited too long: pages are other people's texts."""
        if self.waiting is None or not self.waiting.is_dir():
            return
        before = self._oldest().timestamp()
        for path in self.waiting.iterdir():
            try:
                if path.stat().st_mtime < before:
                    self.files.remove(path)
            except OSError:  # another run took it
                continue


def shown(lines: tuple[str, ...]) -> str:
    """The first of many lines, and how many more there are."""
    more = len(lines) - _MOST_SHOWN
    return "\n  ".join((*lines[:_MOST_SHOWN], *([f"… and {more:,} more"] if more > 0 else [])))


def _pages(count: int) -> str:
    return f"{count:,} page" + ("" if count == 1 else "s")


def _read(folder: Path, url: str) -> tuple[datetime, Mapping[str, Any]] | None:
    try:
        return read_page((folder / page_file(url)).read_bytes(), url)
    except FileNotFoundError:
        return None
