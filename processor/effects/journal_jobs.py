"""The journal's jobs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from processor.core.ids import RunId
from processor.core.state import MOVES, State
from processor.effects.journal_file import JournalFile
from processor.ports import ActiveJob, JobRow, MovedMeanwhile

JOB_COLUMNS = tuple(field.name for field in fields(JobRow) if field.name != "run")
"""A job's fields under their own names, besides the run it belongs to."""
_ACTIVE_JOBS = (
    "SELECT runs.id, jobs.number, jobs.name, runs.model, jobs.tokens"
    " FROM jobs JOIN runs ON runs.number = jobs.run"
    " WHERE jobs.state IN ('SUBMITTING', 'SUBMITTED')"
    " AND coalesce(jobs.submitted_at, jobs.uploaded_at) >= ?"
)


class JobTable(JournalFile):
    """One row for each job of each run; every move is checked, and on the disk when it returns."""

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
        unknown = set(changes) - set(JOB_COLUMNS)
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


def _job_row(run: RunId, row: sqlite3.Row) -> JobRow:
    values = dict(row)
    values["run"] = run
    values["state"] = State(values["state"])
    return JobRow(**values)
