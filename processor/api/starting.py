"""Starting a run: its items found, its name given, its request file built."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from processor.api.workplace import Workplace
from processor.core.ids import RunId, is_run_id
from processor.core.item import Item
from processor.core.plan import Plan
from processor.core.task import Task
from processor.effects.files import NoFiles
from processor.effects.journal import SqliteJournal
from processor.effects.tasks import find_task
from processor.errors import BadInput, ProcessorError, WrongUsage
from processor.ports import RunRow
from processor.steps.build import build
from processor.steps.load import find, load, load_values

DEFAULT_INPUTS = "inputs"
Values = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a run's items come from.

    Attributes:
        excluded: names of the input files left out.
        read: reads the items.
        again: reads them once more; None when they can be read only once.
    """

    excluded: tuple[str, ...]
    read: Callable[[], Iterable[Item]]
    again: Callable[[], Iterable[Item]] | None


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
        read = partial(load, found.files, id_field=task.id_field)
        return Source(excluded=found.excluded, read=read, again=read)
    if inputs:
        raise WrongUsage("Items come from inputs or from items, not from both.")
    once = partial(load_values, items, id_field=task.id_field)
    return Source(excluded=(), read=once, again=None)


def plan(place: Workplace, task: Task, source: Source, *, expect: int | None) -> Plan:
    """What a run of ``source`` would send; nothing is kept."""
    journal = SqliteJournal(None)
    try:
        run = journal.begin_run(
            RunId("plan"), task=task.name, model=task.model, created_at="", options={}
        )
        made = build(
            source.read(),
            task,
            run=run.id,
            folder=place.layout.outputs,
            files=NoFiles(),
            journal=journal,
            observer=place.observer,
            again=source.again,
        )
    finally:
        journal.close()
    check_count(made.item_count, expect)
    return Plan(
        task=task.name,
        model=task.model,
        items=made.item_count,
        excluded=source.excluded,
        size_bytes=made.size_bytes,
        jobs=1,
        service=place.service.address,
    )


def new_name(place: Workplace, given: str | None, task: Task) -> RunId:
    """The run's id: as given, or made of the task, the time and chance.

    Raises:
        WrongUsage: it is no name, or there is such a run already.
    """
    if given is None:
        now = place.clock.now()
        return RunId(f"{task.name[:32]}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}")
    if not is_run_id(given):
        raise WrongUsage(f"--run {given!r}: a run's id is 1 to 64 of A-Z a-z 0-9 . _ -")
    if place.journal.run(given) is not None:
        raise WrongUsage(
            f"There is a run {given} already. `truebatch resume {given}` goes on with it; "
            "another --run NAME starts a new one.",
            run=given,
        )
    return RunId(given)


def start(
    place: Workplace, name: RunId, task: Task, source: Source, options: Mapping[str, Any]
) -> RunRow:
    """Record the run and build its request file; a run that cannot be built is forgotten.

    Raises:
        BadInput: an item cannot be used; nothing was sent.
    """
    # The copy comes first: once the journal knows the run, `resume` builds from it.
    for file, content in task.files.items():
        place.files.write(place.layout.task_copy(name) / file, content)
    place.journal.bind_service(place.service.address)
    row = place.journal.begin_run(
        name,
        task=task.name,
        model=task.model,
        created_at=place.clock.now().isoformat(),
        options=options,
    )
    try:
        return build_run(place, row, task, source)
    except ProcessorError:
        forget(place, row)
        raise


def build_again(place: Workplace, row: RunRow) -> RunRow:
    """Build the request file of a run that was cut while it was built.

    Raises:
        WrongUsage: its items came from a Python program, which has them no more.
    """
    if row.options["inputs"] is None:
        forget(place, row)
        raise WrongUsage(
            f"Run {row.id} was cut before its items were all read, and they came from a Python "
            "program. It has sent nothing, and is forgotten: submit the items again."
        )
    task = place.copied_task(row)
    source = find_source(
        task, inputs=row.options["inputs"], items=None, exclude=row.options["exclude"]
    )
    return build_run(place, row, task, source)


def build_run(place: Workplace, row: RunRow, task: Task, source: Source) -> RunRow:
    """BUILDING to BUILT."""
    return place.pipeline.build(
        row,
        task,
        source.read(),
        excluded=source.excluded,
        expect=row.options["expect"],
        random_part=secrets.token_hex(4),
        again=source.again,
    )


def forget(place: Workplace, row: RunRow) -> None:
    """Remove a run that has sent nothing."""
    place.journal.forget_run(row.id)
    place.files.remove(place.layout.run(row.id))


def check_count(count: int, expect: int | None) -> None:
    """Hold the number of items against what the user expects."""
    if expect is not None and count != expect:
        raise BadInput(f"{count} items were loaded, {expect} expected. Nothing was sent.")


def task_named(place: Workplace, task: str, model: str | None) -> Task:
    """The task of this name, or in this folder."""
    return place.parse_task(find_task(task), model)
