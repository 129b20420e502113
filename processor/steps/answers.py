"""The answers of a run, found by item."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import BinaryIO

from processor.core.state import State
from processor.ports import JobRow, Journal, RunRow
from processor.steps.fetch import answers_name
from processor.steps.validate import Order
from validation import read_line

_ABSENT = -1


class StoredAnswers:
    """The answer lines of a run by item; of a key answered twice, the first."""

    def __init__(
        self, journal: Journal, run: RunRow, jobs: tuple[JobRow, ...], folder: Path
    ) -> None:
        self._journal = journal
        self._task = run.task
        self._folder = folder
        self._offsets = array("q", [_ABSENT]) * run.item_count
        self._jobs = [job for job in jobs if job.state is State.FETCHED]
        self._file: BinaryIO | None = None
        self._path: Path | None = None
        self._at = 0

    def __enter__(self) -> StoredAnswers:
        for job in self._jobs:
            self._locate(job)
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def line(self, position: int) -> bytes | None:
        """The item's answer line; None when there is none."""
        offset = self._offsets[position]
        if offset == _ABSENT:
            return None
        job = next(j for j in self._jobs if 0 <= position - j.first_position < j.item_count)
        file = self._open(self._folder / answers_name(job))
        if offset != self._at:
            file.seek(offset)
        line = file.readline()
        self._at = offset + len(line)
        return line

    def _locate(self, job: JobRow) -> None:
        order = Order(self._journal, job, self._task)
        at = 0
        with (self._folder / answers_name(job)).open("rb") as file:
            for raw in file:
                key = read_line(raw).key
                item = None if key is None else order.find(key)
                if item is not None and self._offsets[item[0]] == _ABSENT:
                    self._offsets[item[0]] = at
                at += len(raw)

    def _open(self, path: Path) -> BinaryIO:
        if self._file is None or path != self._path:
            self._close()
            self._file, self._path, self._at = path.open("rb"), path, 0
        return self._file

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
