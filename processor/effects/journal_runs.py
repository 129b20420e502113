"""The journal's runs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from processor.core.ids import RunId
from processor.core.state import FINAL, State
from processor.effects.journal_file import JournalFile
from processor.errors import WrongUsage
from processor.ports import RunRow

_SELECT_RUNS = (
    "SELECT runs.*, origins.id AS origin FROM runs"
    " LEFT JOIN runs AS origins ON origins.number = runs.retry_of"
)
_THIS_JOBS_RUN = "runs.number = (SELECT run FROM jobs WHERE name = ?1)"
_RUN_BY_NAME = f"{_SELECT_RUNS} WHERE runs.id = ?1 OR {_THIS_JOBS_RUN}"


class RunTable(JournalFile):
    """One row for each run."""

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

    def unfinished(self) -> Sequence[RunRow]:
        """The runs that have not ended, oldest first."""
        with self._disk():
            rows = self._db.execute(
                f"{_SELECT_RUNS} WHERE runs.state NOT IN ('DONE', 'FAILED') ORDER BY runs.number"
            ).fetchall()
        return tuple(map(_run_row, rows))

    def retries(self, run: RunId) -> tuple[RunId, ...]:
        """The runs that ask again what ``run`` left rejected or failed, oldest first."""
        with self._disk():
            rows = self._db.execute(
                "SELECT id FROM runs WHERE retry_of = (SELECT number FROM runs WHERE id = ?)"
                " ORDER BY number",
                (run,),
            ).fetchall()
        return tuple(RunId(row[0]) for row in rows)

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

    def _run(self, run: RunId) -> RunRow:
        row = self.run(run)
        if row is None:
            raise ValueError(f"the journal has no run {run}")
        return row


def _run_row(row: sqlite3.Row) -> RunRow:
    values = dict(row)
    values["retry_of"] = values.pop("origin")
    values["options"] = json.loads(values["options"])
    values["excluded"] = tuple(json.loads(values["excluded"]))
    values["result"] = json.loads(values["result"]) if values["result"] else None
    values["state"] = State(values["state"])
    return RunRow(**values)
