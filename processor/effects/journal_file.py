"""The journal's file: an SQLite database whose faults are the disk's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from processor.core.ids import RunId
from processor.effects.journal_schema import prepare
from processor.errors import DiskFailed

_BUSY_MILLISECONDS = 60_000


class JournalFile:
    """The journal's database; ``None`` makes one that lives only as long as the object."""

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

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _number(self, run: RunId) -> int:
        with self._disk():
            row = self._db.execute("SELECT number FROM runs WHERE id = ?", (run,)).fetchone()
        if row is None:
            raise ValueError(f"the journal has no run {run}")
        return int(row[0])

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
