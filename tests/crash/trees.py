"""What a run leaves behind, made comparable: all its files without times and names given by chance."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

# The journal is compared by what it says, the answers with what the service holds; the log and the
# lock tell of processes.
_APART = ("journal.sqlite3", "answers", "run.log", "lock", "sandbox-state")
_MASKS = (
    (re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?"), b"TIME"),
    (re.compile(rb"batches/[a-z0-9-]+"), b"batches/JOB"),
    (re.compile(rb"(truebatch/[^/\"]+/\d+)/[0-9a-f]{8}/"), rb"\1/CHANCE/"),
    (re.compile(rb"http://127\.0\.0\.1:\d+"), b"ADDRESS"),
    (re.compile(rb"(?<=/v1beta/files/)[a-z0-9]{12}"), b"FILE"),
    (re.compile(rb"(?<=cachedContents/)[a-z0-9]{40}"), b"CACHE"),
)


def tree(outputs: Path) -> dict[str, bytes]:
    """Every file under ``outputs`` by its path; leftovers are among them, whatever they are called."""
    return {
        path.relative_to(outputs).as_posix(): _masked(path.read_bytes())
        for path in sorted(outputs.rglob("*"))
        if path.is_file() and not _is_apart(path.relative_to(outputs))
    }


def _is_apart(path: Path) -> bool:
    leftover = path.suffix in (".tmp", ".spool")
    return not leftover and any(part.startswith(_APART) for part in path.parts)


def _masked(content: bytes) -> bytes:
    for pattern, mask in _MASKS:
        content = pattern.sub(mask, content)
    return content


def differences(found: Mapping[str, bytes], expected: Mapping[str, bytes]) -> tuple[str, ...]:
    """The paths that only one has, or that have other bytes."""
    paths = sorted({*found, *expected})
    return tuple(path for path in paths if found.get(path) != expected.get(path))


def journal_state(outputs: Path, run: str) -> str:
    """What the journal says of the run's job, or of the run when it has none; ``nothing`` at all."""
    rows = _ask(
        outputs,
        "SELECT coalesce(jobs.state, runs.state) FROM runs LEFT JOIN jobs ON jobs.run = runs.number"
        " WHERE runs.id = ? AND runs.state NOT IN ('DONE', 'FAILED')"
        " UNION ALL SELECT state FROM runs WHERE id = ?1 AND state IN ('DONE', 'FAILED')",
        run,
    )
    return str(rows[0][0]) if rows else "nothing"


def journal_outcomes(outputs: Path, run: str) -> tuple[tuple[object, ...], ...]:
    """Every item of the run with its outcome, in input order."""
    return _ask(
        outputs,
        "SELECT position, item_id, outcome FROM items"
        " JOIN runs ON runs.number = items.run WHERE runs.id = ? ORDER BY position",
        run,
    )


def _ask(outputs: Path, sql: str, run: str) -> tuple[tuple[object, ...], ...]:
    path = outputs / "journal.sqlite3"
    if not path.exists():
        return ()
    with closing(sqlite3.connect(path)) as journal:
        if not journal.execute("SELECT 1 FROM sqlite_master WHERE name = 'items'").fetchone():
            return ()
        return tuple(journal.execute(sql, (run,)).fetchall())
