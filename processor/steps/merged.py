"""The merged cache of a task: of every item the newest accepted envelope, over all its runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from processor.core.json_bytes import decode
from processor.core.outcome import GOOD
from processor.errors import DiskFailed
from processor.ports import Journal
from processor.steps.save import ENVELOPES


def newest_accepted(
    journal: Journal, task: str, folder: Callable[[str], Path]
) -> Iterator[dict[str, Any]]:
    """The envelopes, oldest run first and in input order within it, one in memory at a time.

    Args:
        folder: the folder of a run.

    Raises:
        DiskFailed: a run's ``items.jsonl`` is gone, or is not as the journal knows it.
    """
    for run, rows in groupby(journal.newest_accepted(task), key=itemgetter(0)):
        path = folder(run) / ENVELOPES
        try:
            with path.open("rb") as file:
                at = 0
                for _, item_id, offset in rows:
                    if offset != at:
                        file.seek(offset)
                    line = file.readline()
                    at = offset + len(line)
                    envelope: dict[str, Any] = decode(line)
                    if envelope["item_id"] != item_id or envelope["outcome"] not in GOOD:
                        raise ValueError(item_id)
                    yield envelope
        except OSError as error:
            raise DiskFailed(f"{path}: {error.strerror or error}.", run=run) from None
        except (ValueError, KeyError, TypeError):
            raise DiskFailed(
                f"{path} is not as the journal knows it. If the run is being judged again, wait for "
                f"the end; else `truebatch report {run} --rejudge` writes it anew.",
                run=run,
            ) from None
