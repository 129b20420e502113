"""Where the items of two sides stand: an index on the disk, so that memory does not grow with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from types import TracebackType

from processor.errors import DiskFailed

_TABLE = """
CREATE TABLE spots (
    number INTEGER PRIMARY KEY,
    side INTEGER NOT NULL,
    key TEXT NOT NULL,
    spot TEXT NOT NULL,
    UNIQUE (side, key)
)
"""
_ALONE = """
SELECT spot FROM spots
WHERE side = 1 AND key NOT IN (SELECT key FROM spots WHERE side = 0) ORDER BY number
"""


class SqliteSpots:
    """Spots in a database of its own, a temporary file that the system removes."""

    def __init__(self) -> None:
        # No name: SQLite keeps it in memory while it is small, then in a file without a name.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("BEGIN")
        self._database.execute(_TABLE)

    def add(self, side: int, key: str, spot: str) -> bool:
        """Note an item of side 0 (A) or 1 (B); False when the side has its key already."""
        try:
            done = self._database.execute(
                "INSERT OR IGNORE INTO spots (side, key, spot) VALUES (?, ?, ?)", (side, key, spot)
            )
        except sqlite3.Error as error:
            raise DiskFailed(f"The temporary index of the comparison: {error}.") from None
        return done.rowcount == 1

    def find(self, side: int, key: str) -> str | None:
        """Where an item of this key stands."""
        row = self._database.execute(
            "SELECT spot FROM spots WHERE side = ? AND key = ?", (side, key)
        ).fetchone()
        return None if row is None else str(row[0])

    def alone(self) -> Iterator[str]:
        """The spots of the items of B that A has not, in B's order."""
        return (str(spot) for (spot,) in self._database.execute(_ALONE))

    def __enter__(self) -> SqliteSpots:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()
