"""mend: bring the outputs in line with envelopes that were judged again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from processor.core.changes import Changes
from processor.core.file_name import output_name
from processor.core.json_bytes import encode_for_people
from processor.core.outcome import GOOD
from processor.ports import Files, Journal, RunRow


class Mending:
    """Brings ``outputs/<task>/`` in line with the envelopes, one item at a time.

    The newest run with an accepted answer owns an item's output. What stands there and is neither
    this run's old data nor a newer run's was changed by somebody, and is left alone.
    """

    def __init__(
        self, files: Files, journal: Journal, run: RunRow, outputs: Path, changes: Changes
    ) -> None:
        self._files = files
        self._journal = journal
        self._run = run
        self._outputs = outputs
        self._changes = changes
        # Mostly there is none, and then no item need be looked up.
        self._newer = any(
            row.number > run.number and row.task == run.task for row in journal.runs()
        )

    def mend(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Write, remove or leave one item's output."""
        was_good, is_good = (envelope["outcome"] in GOOD for envelope in (before, after))
        if not (was_good or is_good):
            return
        item_id = after["item_id"]
        path = self._outputs / output_name(item_id)
        standing = _content(path)
        wanted = encode_for_people(after["data"]) if is_good else None
        if standing == wanted:
            return
        foreign = was_good and standing not in (None, encode_for_people(before["data"]))
        if foreign or (self._newer and self._journal.accepted_since(self._run.id, item_id)):
            self._changes.kept += 1
        elif wanted is None:
            self._files.remove(path)
            self._changes.withdrawn += 1
        else:
            self._files.write(path, wanted)
            self._count_written(was_good=was_good)

    def _count_written(self, *, was_good: bool) -> None:
        if was_good:
            self._changes.rewritten += 1
        else:
            self._changes.promoted += 1


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
