"""The source of a run: where its items come from, and come from once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from processor.api import standard_input
from processor.api.handover import handed_over
from processor.api.options import DEFAULT_INPUTS
from processor.api.pages import urls_of
from processor.api.retrying import find_retry
from processor.api.workplace import Workplace
from processor.core.item import Item
from processor.core.portion import WHOLE, portion_of
from processor.core.task import Task
from processor.errors import WrongUsage
from processor.ports import RunRow
from processor.steps.load import find, lists_pages, load, load_values

Values = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a run's items come from.

    Attributes:
        excluded: names of the input files left out.
        read: reads the items.
        again: reads them once more; None when they can be read only once.
        line: says what was found and what is left out; empty when there is nothing to say.
        lists_pages: whether some items are addresses, whose pages must be fetched.
    """

    excluded: tuple[str, ...]
    read: Callable[[], Iterable[Item]]
    again: Callable[[], Iterable[Item]] | None
    line: str = ""
    lists_pages: bool = False

    def portioned(self, options: Mapping[str, Any]) -> Source:
        """The portion of these items that a run's options ask for."""
        portion = portion_of(options)
        if portion == WHOLE:
            return self
        twice = self.again is not None

        def read() -> Iterable[Item]:
            return portion.take(self.read, again=twice)

        line = ", ".join(filter(None, (self.line, portion.line())))
        return replace(self, read=read, again=read if twice else None, line=line)


def find_source(
    task: Task, *, inputs: Sequence[str] | None, items: Values | None, exclude: Sequence[str]
) -> Source:
    """The items of files, or those handed over.

    Raises:
        BadInput: no such file, or none is left.
        WrongUsage: both kinds are given.
    """
    if items is None:
        found = find(inputs or [DEFAULT_INPUTS], (*task.exclude, *exclude))
        read = partial(
            load,
            found.files,
            id_field=task.id_field,
            with_pages=True,
            with_folder=task.attachments_field is not None,
        )
        return Source(
            excluded=found.excluded,
            read=read,
            again=read,
            line=found.line(),
            lists_pages=lists_pages(found.files),
        )
    if inputs:
        raise WrongUsage("Items come from inputs or from items, not from both.")
    once = partial(load_values, items, id_field=task.id_field)
    return Source(excluded=(), read=once, again=None)


def recorded_source(
    place: Workplace,
    task: Task,
    options: Mapping[str, Any],
    *,
    stdin: Path | None = None,
    urls: Path | None = None,
) -> Source:
    """The items of the files that a run's options name, or of the run that they name.

    Args:
        stdin: where the standard input was kept, when it is among them.
        urls: where the addresses of a Python program were kept, when they are the items.
    """
    if options.get("from_run"):
        read = partial(handed_over, place, options["from_run"])
        return Source(excluded=(), read=read, again=read)
    inputs = _paths(options, stdin) if urls is None else [str(urls)]
    return find_source(task, inputs=inputs, items=None, exclude=options["exclude"])


def source_again(place: Workplace, row: RunRow, task: Task) -> Source:
    """The items of a run that is recorded, from its options.

    Raises:
        WrongUsage: they came from a Python program, which has them no more.
    """
    options = row.options
    urls = urls_of(place, row)
    if options["inputs"] is None and not options.get("from_run") and urls is None:
        raise WrongUsage(
            f"The items of run {row.id} came from a Python program, not from files: only that "
            "program can hand them over again.",
            run=row.id,
        )
    stdin = standard_input.copy_of(place, row) if standard_input.reads_stdin(options) else None
    whole = recorded_source(place, task, options, stdin=stdin, urls=urls)
    if row.retry_of is None:
        return whole.portioned(options)
    # Not the portion: the wanted items are known by their ids, wherever they stand by now.
    retry = find_retry(
        place,
        place.row(row.retry_of),
        only=options["only"],
        max_attempts=options["max_attempts"],
    )
    return Source(
        excluded=whole.excluded,
        read=lambda: retry.pick(whole.read()),
        again=lambda: retry.pick(whole.read()),
        line=whole.line,
        lists_pages=whole.lists_pages,
    )


def _paths(options: Mapping[str, Any], stdin: Path | None) -> list[str]:
    """The inputs as they were given, also when the program runs in another folder now."""
    folder = Path(options.get("folder", "."))
    here = folder == Path.cwd()
    return [
        str(stdin)
        if stdin is not None and path == standard_input.STDIN
        else (path if here else str(folder / path))
        for path in options["inputs"]
    ]
