"""Reception: items that a client handed in, recorded as a run for somebody else to drive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from processor.api.pages import keep_urls
from processor.api.starting import new_name
from processor.api.workplace import Workplace
from processor.core.ids import RunId
from processor.core.outcome import Outcome
from processor.core.state import FINAL
from processor.core.task import Task
from processor.effects.tasks import task_folders
from processor.errors import HeldBack, NotFinished, WrongUsage
from processor.ports import RunRow

RECEIVED = "received"
"""The folder within the run's for the items handed in. It holds nothing else: what an item may name as
beside it, such as an attachment, is nothing of the run's."""
_UNGOOD = (Outcome.REJECTED, Outcome.FAILED)


def named_task(place: Workplace, name: str, model: str | None) -> Task:
    """The task of this name; never a folder, for clients name no paths.

    Raises:
        WrongUsage: there is none; the message lists those there are.
    """
    by_name = {folder.name: folder for folder in reversed(list(task_folders()))}
    if name not in by_name:
        raise WrongUsage(f"There is no task {name!r}. Tasks are: {', '.join(sorted(by_name))}.")
    return place.parse_task(by_name[name], model)


def receive(
    place: Workplace,
    task: Task,
    options: Mapping[str, Any],
    *,
    name: str | None,
    items: Path | None = None,
    urls: Sequence[str] | None = None,
    retry_of: RunId | None = None,
) -> RunRow:
    """Record a run in state BUILDING, with its items in its folder; nothing is built or sent.

    The items and the task are on the disk before the journal knows the run: from then on it is safe.

    Args:
        items: a file that is moved into the run's folder; its ending tells the format.
        urls: the items are pages, to be fetched when the run is built.
        retry_of: the run whose rejected and failed items are asked again.

    Raises:
        WrongUsage: there is such a run.
        DrivenElsewhere: another client hands in a run of this name right now.
    """
    run = new_name(place, name, task)
    with place.driving(run):
        new_name(place, run, task)  # whoever held the lock before us may have made it
        for file, content in task.files.items():
            with place.files.writing(place.layout.task_copy(run) / file, durable=True) as copy:
                copy.write(content)
        inputs = options.get("inputs")
        if items is not None:
            kept = place.layout.run(run) / RECEIVED / f"items{items.suffix}"
            place.files.make_folder(kept.parent)
            place.files.rename(items, kept)
            inputs = [str(kept)]
        if urls is not None:
            keep_urls(place, run, urls)
        place.journal.bind_service(place.service.address)
        return place.journal.begin_run(
            run,
            task=task.name,
            model=task.model,
            created_at=place.clock.now().isoformat(),
            options={**options, "inputs": inputs},
            retry_of=retry_of,
        )


def check_retry(parent: RunRow) -> None:
    """Refuse a retry of which is known at once that it asks for nothing.

    Raises:
        NotFinished: the run has not ended.
        HeldBack: every item was accepted.
    """
    if parent.state not in FINAL:
        raise NotFinished(
            f"Run {parent.id} cannot be retried yet: it is {parent.state}.", run=parent.id
        )
    counts = (parent.result or {}).get("counts") or {}
    if not any(counts.get(outcome) for outcome in _UNGOOD):
        raise HeldBack(
            f"Nothing to retry in run {parent.id}: no item was rejected or failed.", run=parent.id
        )
