"""Building: all that the request file of one run is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from processor.core.attachment import Attachment
from processor.core.cutting import Limits
from processor.core.ids import RunId
from processor.core.item import Item
from processor.core.request import Request
from processor.ports import Files, Journal, Observer
from processor.steps.reuse import KnownAnswers


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    """What makes it several jobs instead of one.

    Attributes:
        largest: what one job may hold.
        usual: what one job holds when one cannot hold all.
        canary: the first job asks for so many items only.
        digests: of the request files of jobs that are there already: they say where to cut, not the
            limits.
        look: gets every request with its item's id, and says how many input tokens it has.
    """

    largest: Limits = field(default_factory=Limits)
    usual: Limits = field(default_factory=Limits)
    canary: int | None = None
    digests: Sequence[str] = ()
    look: Callable[[Request, str], int] = lambda request, _: len(request.prompt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """All that building one run needs.

    Attributes:
        known: answers accepted before; None asks for every item.
        attempt_of: how often an item will have been asked with this run, by its id.
        again: reads the same items once more; only to name both files when two share an id.
        cutting: what makes it several jobs instead of one.
        attach: the files that go along with an item; None when none do.
        keeps: whether the files are wanted; a plan asks only how large they would be.
    """

    files: Files
    journal: Journal
    observer: Observer
    run: RunId
    folder: Path
    known: KnownAnswers | None = None
    attempt_of: Callable[[str], int] | None = None
    again: Callable[[], Iterable[Item]] | None = None
    cutting: Cutting = field(default_factory=Cutting)
    attach: Callable[[Item], Sequence[Attachment]] | None = None
    keeps: bool = True
