"""Writes a job's result file, line by line, in a thread of its own."""

import os
import queue
import random
import sys
import threading
import time
import traceback
from array import array
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import orjson

from sandbox.faults.rows import RowPlan
from sandbox.options import JOB_SECONDS_LIMIT
from sandbox.records import Job
from sandbox.references import References
from sandbox.rows import answer_lines, error_row
from sandbox.store import Store

_FAILED_SHARE_OF_PARTIAL = 3


_LOOK_SECONDS = 2.0
_DEAD_SECONDS = 5.0  # without a line written


class Worker:
    """Answers jobs one after the other; starts again with what was not ready when it was cut.

    Another sandbox on the same state may end before its jobs are ready: an idle worker takes them over.
    Should both answer one job, each writes a file of its own, and the two are the same.
    """

    def __init__(self, store: Store, seed: int) -> None:
        self._store = store
        self._seed = seed
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        # A daemon, so that a process that is told to go need not wait for a long job.
        self._thread = threading.Thread(target=self._work, name="results", daemon=True)
        self._stopped = False
        self._given_up: set[str] = set()

    def start(self) -> None:
        """Begin, with the jobs that are not ready."""
        for job in reversed(self._store.jobs()):
            if job.ready is None:
                self.add(job.id)
        self._thread.start()

    def add(self, job_id: str) -> None:
        """Answer this job when its turn comes."""
        self._queue.put(job_id)

    def stop(self) -> None:
        """Finish soon: a job that is half done is done again at the next start."""
        self._stopped = True
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def _work(self) -> None:
        while (job_id := self._next()) is not None and not self._stopped:
            job = self._store.job(job_id)
            if job is None or job.ready is not None:
                continue
            try:
                self._answer(job)
            except Exception:  # noqa: BLE001  # a bug here must not leave the other jobs hanging
                self._given_up.add(job_id)
                traceback.print_exc(file=sys.stderr)

    def _next(self) -> str | None:
        """The next job; None to stop."""
        while True:
            try:
                return self._queue.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                for job in reversed(self._store.jobs()):
                    if self._is_left(job):
                        return job.id

    def _is_left(self, job: Job) -> bool:
        if job.ready is not None or job.id in self._given_up:
            return False
        path = self._store.results_path(job.id)
        alive = job.created
        for part in path.parent.glob(f"{path.stem}.*.part"):
            with suppress(OSError):
                alive = max(alive, part.stat().st_mtime)
        return time.time() - alive > _DEAD_SECONDS

    def _answer(self, job: Job) -> None:
        path = self._store.results_path(job.id)
        part = path.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as out:
            failed = self._write(job, out)
        if self._stopped or failed is None:
            return
        if job.fault("shuffled") is not None:
            shuffle_lines(part, job.id)
        part.replace(path)
        with self._store.exclusive():
            now = self._store.job(job.id)
            if now is None:
                path.unlink(missing_ok=True)
            elif now.served == job.served:
                self._store.change_job(job.id, ready=time.time(), failed=failed)
            # Else it was cancelled meanwhile, and is in the queue once more.

    def _write(self, job: Job, out: BinaryIO) -> int | None:
        failed = 0
        plans = RowPlan(job.plan)
        with self._store.requests_path(job.id).open("rb") as lines:
            for index, line in enumerate(line for line in lines if line.strip()):
                if self._stopped:
                    return None
                written, bad = self._row(job, index, line, plans.specs(index))
                failed += bad
                out.writelines(written)
        return failed

    def _references(self, job: Job) -> References:
        # What has expired by the job's end is taken to have been gone when the row was served.
        return References(
            store=self._store,
            project=job.project,
            model=job.model,
            now=job.created + min(job.seconds, JOB_SECONDS_LIMIT),
        )

    def _row(
        self, job: Job, index: int, line: bytes, specs: tuple[str, ...]
    ) -> tuple[list[bytes], int]:
        error = _job_error(job, index)
        if error is not None:
            return error_row(orjson.loads(line), error)
        try:
            return answer_lines(line, job.model, self._seed, specs, self._references(job))
        except Exception:  # noqa: BLE001  # a bug here is this row's error, as it would be there
            traceback.print_exc(file=sys.stderr)
            return error_row(orjson.loads(line), 13)


def _job_error(job: Job, index: int) -> int | None:
    if job.served is not None and index >= job.served:
        return 1
    every = job.fault("all_rows_failed")
    if every is not None:
        return int(every or "3")
    if job.fault("job_partial") is not None and index % _FAILED_SHARE_OF_PARTIAL == 0:
        return 13
    return None


def shuffle_lines(path: Path, seed: str) -> None:
    """Put a file's lines into another order, eight bytes of memory a line."""
    starts = array("Q", [0])
    with path.open("rb") as file:
        for line in file:
            starts.append(starts[-1] + len(line))
    order = array("Q", range(len(starts) - 1))
    random.Random(seed).shuffle(order)
    if list(order) == list(range(len(order))):
        order.reverse()
    shuffled = path.with_suffix(".shuffled")
    with path.open("rb") as file, shuffled.open("wb") as out:
        out.writelines(_lines_at(file, starts, order))
    shuffled.replace(path)


def _lines_at(file: BinaryIO, starts: "array[int]", order: "array[int]") -> Iterator[bytes]:
    for index in order:
        file.seek(starts[index])
        yield file.read(starts[index + 1] - starts[index])
