"""The idempotency keys of clients: which run each made, so that the same request twice makes one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from processor.errors import DiskFailed

_TABLE = """
CREATE TABLE IF NOT EXISTS keys (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    digest TEXT NOT NULL,
    run TEXT NOT NULL,
    claimed_at TEXT NOT NULL,
    PRIMARY KEY (caller, key)
) WITHOUT ROWID
"""
_BUSY_SECONDS = 60.0


class OtherRequest(Exception):
    """The key was used for another request."""


class IdempotencyKeys:
    """Keys in an SQLite file beside the journal; each is on the disk before its run is made.

    A crash between the two leaves a key whose run is not there: the client's next try makes it, under
    the same id.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def claim(self, caller: str, key: str, digest: str, run: str, *, now: str) -> tuple[str, bool]:
        """Give ``key`` to ``run``, unless it has a run already; the run that it has, and if it is new.

        Args:
            caller: whose key it is: two callers may use one text.
            digest: of the whole request.

        Raises:
            OtherRequest: the key was given to another one.
        """
        with self._transaction() as db:
            made = db.execute(
                "INSERT INTO keys VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (caller, key, digest, run, now),
            ).rowcount
            known, owner = db.execute(
                "SELECT digest, run FROM keys WHERE caller = ? AND key = ?", (caller, key)
            ).fetchone()
        if known != digest:
            raise OtherRequest
        return str(owner), bool(made)

    def release(self, caller: str, key: str, run: str) -> None:
        """Take the key back from a run that could not be made."""
        with self._transaction() as db:
            db.execute(
                "DELETE FROM keys WHERE caller = ? AND key = ? AND run = ?", (caller, key, run)
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # A connection for each call: calls are few, and come from many threads.
            with closing(
                sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
            ) as db:
                db.execute("PRAGMA synchronous = FULL")
                db.execute(_TABLE)
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise DiskFailed(f"{self._path}: {error}. The request was not carried out.") from None
