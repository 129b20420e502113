"""The journal's items."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from processor.core.ids import RunId
from processor.core.outcome import Outcome
from processor.effects.journal_file import JournalFile
from processor.errors import BadInput
from processor.ports import NewItem

_OUTCOME_BATCH = 5_000
_MOST_KNOWN = 3  # today's rules may refuse the newest of several accepted answers

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


class ItemTable(JournalFile):
    """One row for each item of each run, written in batches: they can be made again."""

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
                    # Plain strings: SQLite's binding asks around for what to do with any other.
                    ((number, *row[:4], row[4].value, row[5]) for row in rows),
                )
            except sqlite3.IntegrityError:
                raise BadInput("two items have one id") from None

    def has_accepted(self) -> bool:
        """Whether any item of any run has an accepted answer."""
        with self._disk():
            found = self._db.execute(
                "SELECT EXISTS (SELECT 1 FROM items INDEXED BY items_accepted_by_request"
                " WHERE outcome IN ('accepted', 'reused'))"
            ).fetchone()
        return bool(found[0])

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
        batch: list[tuple[str, int, int, int]] = []
        for position, outcome, offset in rows:
            batch.append((outcome.value, offset, number, position))
            if len(batch) >= _OUTCOME_BATCH:
                self._write_outcomes(batch)
                batch.clear()
        self._write_outcomes(batch)

    def _write_outcomes(self, batch: Sequence[tuple[str, int, int, int]]) -> None:
        with self._batch():
            self._db.executemany(
                "UPDATE items SET outcome = ?, envelope_at = ? WHERE run = ? AND position = ?",
                batch,
            )
