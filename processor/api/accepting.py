"""Accepting a suggestion of a run's report."""

from __future__ import annotations

from pathlib import Path

from processor.api.workplace import Workplace
from processor.core.acceptance import accept
from processor.effects.tasks import read_task_files
from processor.errors import WrongUsage
from processor.ports import RunRow

_OWN = "task"


def write_changed_rules(
    place: Workplace, row: RunRow, number: int, line: str, folder: Path
) -> None:
    """Write the task by which ``row`` was judged last, with one suggestion accepted, into ``folder``.

    Raises:
        WrongUsage: the run has no such suggestion.
    """
    result = row.result or {}
    known = result.get("suggestions") or ()
    if not 1 <= number <= len(known) or known[number - 1]["line"] != line:
        raise WrongUsage(
            f"Run {row.id} has no such suggestion {number}, or not any more: look at its report again.",
            run=row.id,
        )
    rules = (result.get("rules") or {}).get("folder", _OWN)
    files = read_task_files(place.layout.run(row.id) / rules)
    for name, content in accept(files, known[number - 1]).items():
        place.files.write(folder / name, content)
