"""The journal of an older version is taken over, with all that stands in it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from processor.core.ids import RunId
from processor.core.state import State
from processor.effects.journal import SqliteJournal
from processor.effects.journal_schema import _STEPS, VERSION


def _first_version(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.executescript(_STEPS[0])
        db.execute("PRAGMA user_version = 1")
        db.execute(
            "INSERT INTO runs (id, task, model, state, created_at, item_count, options)"
            " VALUES ('old', 'notes', 'm', 'BUILT', '2026-11-01T00:00:00+00:00', 2, '{}')"
        )
        db.execute(
            "INSERT INTO jobs (run, number, state, first_position, item_count, request_file,"
            " request_bytes, request_digest, display_name)"
            " VALUES (1, 1, 'BUILT', 0, 2, 'requests.json', 10, 'ab', 'truebatch/old/1/x/ab')"
        )
        db.execute("INSERT INTO items VALUES (1, 0, 'a', x'00', x'01', 'pending')")
    db.close()


def test_older_journal_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    _first_version(path)
    journal = SqliteJournal(path)
    run = journal.run("old")
    assert run is not None
    (job,) = journal.jobs(RunId("old"))
    assert (run.retry_of, job.request_count, job.tokens, job.ended_at) == (None, 2, 0, None)
    assert job.unbound_digest is None
    assert (journal.attachments(RunId("old")), journal.uploads(), journal.caches()) == ({}, {}, ())
    assert [row[1] for row in journal.items(RunId("old"), asked=True)] == ["a"]
    moved = journal.move_job(job, State.UPLOADED, upload_name="files/x", uploaded_at="now")
    assert moved.state is State.UPLOADED
    journal.close()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == VERSION
    db.close()


def test_every_step_leads_to_the_next_version() -> None:
    assert len(_STEPS) == VERSION
