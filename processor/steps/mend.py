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
        """Write, remove or leave one item's output.

        What is counted follows from the two envelopes, not from what was still to do: after a cut, the
        second time counts the same as the first.
        """
        was, now = (_wanted(envelope) for envelope in (before, after))
        if was is None and now is None:
            return
        path = self._outputs / output_name(after["item_id"])
        standing = _content(path)
        foreign = was is not None and standing not in (None, was, now)
        if foreign or self._is_of_newer(after["item_id"]):
            self._changes.kept += was != now
            return
        if now is None:
            self._files.remove(path)
            self._changes.withdrawn += 1
        elif standing != now:
            self._files.write(path, now)
        self._changes.promoted += was is None
        self._changes.rewritten += None not in (was, now) and was != now

    def _is_of_newer(self, item_id: str) -> bool:
        return self._newer and self._journal.accepted_since(self._run.id, item_id)


def _wanted(envelope: Mapping[str, Any]) -> bytes | None:
    """What an item's output holds by its envelope; None: there is to be none."""
    return encode_for_people(envelope["data"]) if envelope["outcome"] in GOOD else None


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
