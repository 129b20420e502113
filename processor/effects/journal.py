"""The journal: one SQLite file that remembers runs, jobs and items.

The crash table. Each step writes its intent, acts, and writes its result; each is safe to do again.

====================================  ==========  ====================================================
cut after                             it says     resume does
====================================  ==========  ====================================================
run recorded                          BUILDING    builds again from the inputs
build                                 BUILT       uploads
upload sent, answer lost              BUILT       uploads again; the orphan expires in 48 h
upload recorded                       UPLOADED    submits (older than an hour: uploads again)
intent to submit recorded             SUBMITTING  lists all jobs, adopts the one with our display name;
                                                  none: creates only when absence is certain
create sent, answer lost or unclear   SUBMITTING  as above; never a second POST before the list
job recorded                          SUBMITTED   polls
ended                                 ENDED       fetches
download cut                          ENDED       fetches again to a new temporary file
answers stored                        FETCHED     validates and saves again: same bytes, same names
reported                              DONE        nothing (FAILED, with its reason: nothing)
====================================  ==========  ====================================================

Every move is one transaction, and on the disk (synchronous=FULL) when the call returns. Items are
written in batches that are synced with the next move: they can be made again from the inputs.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from processor.core.ids import RunId
from processor.core.outcome import Outcome
from processor.core.state import FINAL, MOVES, State
from processor.effects.journal_schema import prepare
from processor.errors import BadInput, DiskFailed, WrongUsage
from processor.ports import ActiveJob, JobRow, MovedMeanwhile, NewItem, RunRow

_BUSY_MILLISECONDS = 60_000
_JOB_COLUMNS = tuple(field.name for field in fields(JobRow) if field.name != "run")
_OUTCOME_BATCH = 5_000
_MOST_KNOWN = 3  # today's rules may refuse the newest of several accepted answers
_SELECT_RUNS = (
    "SELECT runs.*, origins.id AS origin FROM runs"
    " LEFT JOIN runs AS origins ON origins.number = runs.retry_of"
)
_ACTIVE_JOBS = (
    "SELECT runs.id, jobs.number, jobs.name, runs.model, jobs.tokens"
    " FROM jobs JOIN runs ON runs.number = jobs.run"
    " WHERE jobs.state IN ('SUBMITTING', 'SUBMITTED')"
    " AND coalesce(jobs.submitted_at, jobs.uploaded_at) >= ?"
)
_THIS_JOBS_RUN = "runs.number = (SELECT run FROM jobs WHERE name = ?1)"
_RUN_BY_NAME = f"{_SELECT_RUNS} WHERE runs.id = ?1 OR {_THIS_JOBS_RUN}"

# The joins are CROSS so that runs are walked in order, and rows come without being sorted first.
_NEWEST_ACCEPTED = (
    "SELECT runs.id, items.item_id, items.envelope_at"
    " FROM runs CROSS JOIN items ON items.run = runs.number"
    " WHERE runs.task = ?1 AND items.outcome IN ('accepted', 'reused')"
    " AND items.envelope_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs AS newer"
    " CROSS JOIN items AS later ON later.run = newer.number AND later.item_id = items.item_id"
    " WHERE newer.task = ?1 AND newer.number > runs.number"
    " AND later.outcome IN ('accepted', 'reused') AND later.envelope_at IS NOT NULL)"
    " ORDER BY runs.number, items.position"
)


class SqliteJournal:
    """The journal in a file; ``None`` makes one that lives only as long as the object."""

    def __init__(self, path: Path | None) -> None:
        self._origin = str(path) if path else "the temporary journal"
        with self._disk():
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
            # "" is SQLite's own temporary file: plans of a million items need no memory for ids.
            self._db = sqlite3.connect(str(path) if path else "", isolation_level=None)
            self._db.row_factory = sqlite3.Row
            self._db.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute("PRAGMA synchronous = FULL")
            prepare(self._db, self._origin)

    # -- runs ---------------------------------------------------------------------------------

    def begin_run(
        self,
        run: RunId,
        *,
        task: str,
        model: str,
        created_at: str,
        options: Mapping[str, Any],
        retry_of: RunId | None = None,
    ) -> RunRow:
        """Record a run in state BUILDING.

        Raises:
            WrongUsage: there is a run of this name.
        """
        row = (run, task, model, State.BUILDING, created_at, json.dumps(dict(options)), retry_of)
        try:
            with self._transaction():
                self._db.execute(
                    "INSERT INTO runs (id, task, model, state, created_at, options, retry_of)"
                    " VALUES (?, ?, ?, ?, ?, ?, (SELECT number FROM runs WHERE id = ?))",
                    row,
                )
        except sqlite3.IntegrityError:
            raise WrongUsage(
                f"There is a run {run} already. `truebatch resume {run}` goes on with it; "
                "another --run NAME starts a new one.",
                run=run,
            ) from None
        return self._run(run)

    def run(self, run: str) -> RunRow | None:
        """The run of this id, or the one that has a job of this name."""
        with self._disk():
            row = self._db.execute(
                _RUN_BY_NAME,
                (run,),
            ).fetchone()
        return _run_row(row) if row else None

    def runs(self) -> Iterator[RunRow]:
        """All runs, newest first."""
        with self._disk():
            rows = self._db.execute(_SELECT_RUNS + " ORDER BY runs.number DESC").fetchall()
        return map(_run_row, rows)

    def retries(self, run: RunId) -> tuple[RunId, ...]:
        """The runs that ask again what ``run`` left rejected or failed, oldest first."""
        with self._disk():
            rows = self._db.execute(
                "SELECT id FROM runs WHERE retry_of = (SELECT number FROM runs WHERE id = ?)"
                " ORDER BY number",
                (run,),
            ).fetchall()
        return tuple(RunId(row[0]) for row in rows)

    def built(
        self,
        run: RunId,
        jobs: Sequence[JobRow],
        *,
        item_count: int,
        excluded: Sequence[str],
        estimate: Mapping[str, Any] | None = None,
    ) -> None:
        """Record that the request files are there: the run and its jobs are BUILT.

        The estimate is kept with the run's options.
        """
        row = self._run(run)
        number, options = row.number, {**row.options, "estimate": estimate}
        names = ", ".join(("run", *_JOB_COLUMNS))
        marks = ", ".join("?" for _ in ("run", *_JOB_COLUMNS))
        with self._transaction():
            self._db.execute("DELETE FROM jobs WHERE run = ?", (number,))
            self._db.executemany(
                f"INSERT INTO jobs ({names}) VALUES ({marks})",  # noqa: S608 - our own columns
                [(number, *(getattr(job, name) for name in _JOB_COLUMNS)) for job in jobs],
            )
            self._db.execute(
                "UPDATE runs SET state = ?, item_count = ?, excluded = ?, options = ?"
                " WHERE number = ?",
                (
                    State.BUILT,
                    item_count,
                    json.dumps(list(excluded)),
                    json.dumps(options),
                    number,
                ),
            )

    def finish_run(
        self,
        run: RunId,
        state: State,
        *,
        ended_at: str,
        reason: str | None,
        result: Mapping[str, Any],
    ) -> RunRow:
        """Record the end: DONE, or FAILED with its reason."""
        if state not in FINAL:
            raise ValueError(f"{state} is no end")
        with self._transaction():
            self._db.execute(
                "UPDATE runs SET state = ?, ended_at = ?, reason = ?, result = ? WHERE id = ?",
                (state, ended_at, reason, json.dumps(dict(result)), run),
            )
        return self._run(run)

    def forget_run(self, run: RunId) -> None:
        """Remove a run with its jobs and items; only for one that sent nothing, or has ended."""
        with self._transaction():
            self._db.execute("DELETE FROM runs WHERE id = ?", (run,))

    # -- jobs ---------------------------------------------------------------------------------

    def jobs(self, run: RunId) -> tuple[JobRow, ...]:
        """The run's jobs, in order."""
        with self._disk():
            rows = self._db.execute(
                "SELECT jobs.* FROM jobs JOIN runs ON runs.number = jobs.run"
                " WHERE runs.id = ? ORDER BY jobs.number",
                (run,),
            ).fetchall()
        return tuple(_job_row(run, row) for row in rows)

    def active_jobs(self, *, since: str) -> Sequence[ActiveJob]:
        """Every job that is, or may be, on the service now, of whatever run.

        Args:
            since: jobs made before this moment have expired, whether somebody looked or not.
        """
        with self._disk():
            rows = self._db.execute(_ACTIVE_JOBS, (since,)).fetchall()
        return [ActiveJob(*row) for row in rows]

    def claim_job(
        self, job: JobRow, *, since: str, admits: Callable[[Sequence[ActiveJob]], bool]
    ) -> JobRow | None:
        """Take a job to SUBMITTING if ``admits``, told what is active, agrees; else None.

        One transaction: two runs never take the same room.
        """
        with self._transaction():
            rows = self._db.execute(_ACTIVE_JOBS, (since,)).fetchall()
            if not admits([ActiveJob(*row) for row in rows]):
                return None
            return self._move(job, State.SUBMITTING, {})

    def move_job(self, job: JobRow, state: State, **changes: Any) -> JobRow:
        """Take a job to another state, with what was learnt on the way, in one transaction.

        Raises:
            ValueError: the move is not in ``core.state.MOVES``.
            MovedMeanwhile: the job is no longer where the caller believes it is. Nothing is written.
        """
        with self._transaction():
            return self._move(job, state, changes)

    def note_job(self, job: JobRow, **changes: Any) -> JobRow:
        """Record what was learnt of a job that stays in its state."""
        with self._transaction():
            return self._update_job(job, changes)

    def _move(self, job: JobRow, state: State, changes: Mapping[str, Any]) -> JobRow:
        if state not in MOVES[job.state]:
            raise ValueError(f"a job does not go from {job.state} to {state}")
        return self._update_job(job, {**changes, "state": state})

    def _update_job(self, job: JobRow, changes: Mapping[str, Any]) -> JobRow:
        updated = replace(job, **changes)
        unknown = set(changes) - set(_JOB_COLUMNS)
        if unknown:
            raise ValueError(f"jobs have no {unknown}")
        assignments = ", ".join(f"{name} = ?" for name in changes)
        cursor = self._db.execute(
            f"UPDATE jobs SET {assignments}"  # noqa: S608 - our own columns
            " WHERE run = (SELECT number FROM runs WHERE id = ?) AND number = ? AND state = ?",
            (*changes.values(), job.run, job.number, job.state),
        )
        if cursor.rowcount != 1:
            raise MovedMeanwhile(f"job {job.number} of {job.run} is not {job.state} any more")
        return updated

    # -- items --------------------------------------------------------------------------------

    def clear_items(self, run: RunId) -> None:
        """Forget the items of a build that did not come to its end."""
        with self._transaction():
            self._db.execute("DELETE FROM items WHERE run = ?", (self._number(run),))

    def add_items(self, run: RunId, rows: Sequence[NewItem]) -> None:
        """Record items of a run that is being built.

        Raises:
            BadInput: two have one id.
        """
        number = self._number(run)
        with self._batch():
            try:
                self._db.executemany(
                    "INSERT INTO items (run, position, item_id, input_sha256, request_sha256,"
                    " outcome, attempt) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    ((number, *row) for row in rows),
                )
            except sqlite3.IntegrityError:
                raise BadInput("two items have one id") from None

    def accepted(self, request_sha256: bytes) -> Sequence[tuple[str, int]]:
        """``(run, byte offset in its items.jsonl)`` of accepted answers to a request, newest first."""
        with self._disk():
            rows = self._db.execute(
                "SELECT runs.id, items.envelope_at FROM items JOIN runs ON runs.number = items.run"
                " WHERE items.request_sha256 = ? AND items.outcome IN ('accepted', 'reused')"
                " AND items.envelope_at IS NOT NULL ORDER BY items.run DESC LIMIT ?",
                (request_sha256, _MOST_KNOWN),
            ).fetchall()
        return [(row[0], row[1]) for row in rows]

    def accepted_since(self, run: RunId, item_id: str) -> bool:
        """Whether a newer run of the same task has an accepted answer for the item."""
        with self._disk():
            row = self._db.execute(
                "SELECT 1 FROM runs AS own JOIN runs AS newer"
                " ON newer.task = own.task AND newer.number > own.number WHERE own.id = ?"
                " AND EXISTS (SELECT 1 FROM items WHERE items.run = newer.number"
                " AND items.item_id = ? AND items.outcome IN ('accepted', 'reused')) LIMIT 1",
                (run, item_id),
            ).fetchone()
        return row is not None

    def newest_accepted(self, task: str) -> Iterator[tuple[str, str, int]]:
        """``(run, item id, byte offset in its items.jsonl)`` of every item's newest accepted answer.

        Over all runs of the task, oldest first, in input order within a run, one at a time.
        """
        with self._disk():
            cursor = self._db.cursor()
            cursor.row_factory = None
            cursor.execute(_NEWEST_ACCEPTED, (task,))
        return cursor

    def newest_outcomes(self, runs: Sequence[RunId]) -> Mapping[str, int]:
        """How many items of a chain of runs ended how; an item in several counts with its newest."""
        marks = ", ".join("?" for _ in runs)
        with self._disk():
            rows = self._db.execute(
                "SELECT outcome, count(*) FROM (SELECT item_id, outcome, max(run) FROM items"  # noqa: S608
                f" WHERE run IN (SELECT number FROM runs WHERE id IN ({marks})) GROUP BY item_id)"
                " GROUP BY outcome",
                tuple(runs),
            ).fetchall()
        found = {row[0]: row[1] for row in rows}
        return {outcome.value: found.get(outcome, 0) for outcome in Outcome}

    def attempts(self, run: RunId, item_id: str) -> int:
        """How often the item was asked, up to this run; 0 when it is not in it."""
        with self._disk():
            row = self._db.execute(
                "SELECT attempt FROM items WHERE run = ? AND item_id = ?",
                (self._number(run), item_id),
            ).fetchone()
        return row[0] if row else 0

    def position_of(self, run: RunId, item_id: str) -> int | None:
        """Where the item stands in the run, counted from 0; None when it is not in it."""
        with self._disk():
            row = self._db.execute(
                "SELECT position FROM items WHERE run = ? AND item_id = ?",
                (self._number(run), item_id),
            ).fetchone()
        return row[0] if row else None

    def items(
        self, run: RunId, *, start: int = 0, stop: int | None = None, asked: bool | None = None
    ) -> Iterator[tuple[int, str, bytes, bytes]]:
        """``(position, item id, input SHA-256, request SHA-256)`` in order, one at a time.

        Args:
            asked: only those for which there is a request (True), or is none (False: reused).
        """
        which = {None: "", True: " AND attempt > 0", False: " AND attempt = 0"}[asked]
        with self._disk():
            cursor = self._db.cursor()
            cursor.row_factory = None
            cursor.execute(
                "SELECT position, item_id, input_sha256, request_sha256 FROM items"  # noqa: S608
                " WHERE run = ? AND position >= ? AND position < ?"
                f"{which} ORDER BY position",
                (self._number(run), start, 2**62 if stop is None else stop),
            )
        return cursor

    def save_outcomes(self, run: RunId, rows: Iterable[tuple[int, Outcome, int]]) -> None:
        """Record ``(position, outcome, byte offset in items.jsonl)``, in batches."""
        number = self._number(run)
        batch: list[tuple[Outcome, int, int, int]] = []
        for position, outcome, offset in rows:
            batch.append((outcome, offset, number, position))
            if len(batch) >= _OUTCOME_BATCH:
                self._write_outcomes(batch)
                batch.clear()
        self._write_outcomes(batch)

    def _write_outcomes(self, batch: Sequence[tuple[Outcome, int, int, int]]) -> None:
        with self._batch():
            self._db.executemany(
                "UPDATE items SET outcome = ?, envelope_at = ? WHERE run = ? AND position = ?",
                batch,
            )

    # -- settings -----------------------------------------------------------------------------

    def service(self) -> str | None:
        """The address this outputs folder belongs to, None before the first run."""
        with self._disk():
            row = self._db.execute("SELECT value FROM settings WHERE name = 'service'").fetchone()
        return row[0] if row else None

    def bind_service(self, address: str) -> None:
        """Give this outputs folder its one address."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO settings (name, value) VALUES ('service', ?) ON CONFLICT DO NOTHING",
                (address,),
            )

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # -- within -------------------------------------------------------------------------------

    def _run(self, run: RunId) -> RunRow:
        row = self.run(run)
        if row is None:
            raise ValueError(f"the journal has no run {run}")
        return row

    def _number(self, run: RunId) -> int:
        return self._run(run).number

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._disk():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def _batch(self) -> Iterator[None]:
        """A transaction that is synced only with the next move: its rows can be made again."""
        self._db.execute("PRAGMA synchronous = NORMAL")
        try:
            with self._transaction():
                yield
        finally:
            self._db.execute("PRAGMA synchronous = FULL")

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except (sqlite3.Error, OSError) as error:
            raise DiskFailed(
                f"The journal, {self._origin}, failed: {error}. Nothing is lost on the service: "
                "mend the disk or restore the file, then `truebatch resume`."
            ) from None


def _run_row(row: sqlite3.Row) -> RunRow:
    values = dict(row)
    values["retry_of"] = values.pop("origin")
    values["options"] = json.loads(values["options"])
    values["excluded"] = tuple(json.loads(values["excluded"]))
    values["result"] = json.loads(values["result"]) if values["result"] else None
    values["state"] = State(values["state"])
    return RunRow(**values)


def _job_row(run: RunId, row: sqlite3.Row) -> JobRow:
    values = dict(row)
    values["run"] = run
    values["state"] = State(values["state"])
    return JobRow(**values)
