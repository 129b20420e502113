"""Exports as a SQLite file with a full-text index, and the search in one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processor.core.export_words import match_expression, texts
from processor.core.json_bytes import decode, encode
from processor.errors import BadInput, DiskFailed, WrongUsage

_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE items (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    data TEXT,
    run TEXT NOT NULL,
    saved_at TEXT NOT NULL,
    envelope TEXT
);
CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'unicode61 remove_diacritics 2');
"""
_FOUND = (
    "SELECT items.id, items.run, items.saved_at, items.data,"
    " snippet(words, 0, '[', ']', ' … ', 24) FROM words"
    " JOIN items ON items.number = words.rowid WHERE words MATCH ?"
    " ORDER BY words.rank, items.number LIMIT ?"
)
_INSERT_ITEM = "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?)"
_INSERT_WORDS = "INSERT INTO words (rowid, text) VALUES (?, ?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An item that has the words.

    Attributes:
        snippet: a piece of its text, the words in ``[brackets]``.
    """

    item_id: str
    run: str
    saved_at: str
    snippet: str
    data: Any


def write_sqlite(
    path: Path,
    envelopes: Iterable[Mapping[str, Any]],
    *,
    whole: bool = False,
    about: Mapping[str, str] | None = None,
) -> int:
    """Write the envelopes' data with a full-text index of all its strings; returns how many.

    The file takes its name when it is complete.

    Args:
        whole: the envelopes too, as JSON.
        about: names and values that the file keeps for ``read_about``.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with _faults(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.unlink(missing_ok=True)
            with closing(sqlite3.connect(temporary, isolation_level=None)) as database:
                # The file is thrown away unless it is complete: no journal is needed.
                database.execute("PRAGMA journal_mode = OFF")
                database.execute("PRAGMA synchronous = OFF")
                database.executescript(_TABLES)
                database.execute("BEGIN")
                database.executemany("INSERT INTO about VALUES (?, ?)", (about or {}).items())
                count = 0
                for count, envelope in enumerate(envelopes, 1):
                    _insert(database, count, envelope, whole=whole)
                database.execute("COMMIT")
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def _insert(
    database: sqlite3.Connection, number: int, envelope: Mapping[str, Any], *, whole: bool
) -> None:
    data = envelope["data"]
    stored = None if data is None else encode(data).decode()
    frame = encode(envelope).decode() if whole else None
    cells = (number, envelope["item_id"], stored, envelope["run"], envelope["saved_at"], frame)
    database.execute(_INSERT_ITEM, cells)
    database.execute(_INSERT_WORDS, (number, "\n".join(texts(data))))


def read_about(path: Path, name: str) -> str | None:
    """What the file keeps under ``name``; None when it is not there, or no such file."""
    if not path.is_file():
        return None
    try:
        with _reading(path) as database:
            row = database.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
    except sqlite3.Error:
        return None  # it is made anew
    return None if row is None else str(row[0])


def search_sqlite(path: Path, words: str, *, limit: int) -> list[Hit]:
    """The items that have all the words, best first.

    Raises:
        WrongUsage: there is no word among the words.
        BadInput: the file is none that an export made.
    """
    expression = match_expression(words)
    if expression is None:
        raise WrongUsage(f"There is no word to search by in {words!r}.")
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file.")
    try:
        with _reading(path) as database:
            rows = database.execute(_FOUND, (expression, limit)).fetchall()
    except sqlite3.Error as error:
        raise BadInput(
            f"{path} is no file that `truebatch export --format sqlite` made: {error}."
        ) from None
    return [
        Hit(item_id=row[0], run=row[1], saved_at=row[2], data=_decoded(row[3]), snippet=row[4])
        for row in rows
    ]


def _decoded(text: str | None) -> Any:
    return None if text is None else decode(text.encode())


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    address = f"{path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as database:
        yield database


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        said = getattr(error, "strerror", None) or error
        raise DiskFailed(f"{path}: {said}. Nothing was replaced.") from None
