"""The journal: every illegal move is refused, and what was written is there for the next process."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from processor.core.ids import JobName, RunId
from processor.core.state import FINAL, MOVES, State
from processor.effects.journal import SqliteJournal
from processor.errors import DiskFailed, WrongUsage
from processor.ports import JobRow

RUN = RunId("r")
_ROADS: dict[State, tuple[State, ...]] = {
    State.BUILT: (),
    State.UPLOADED: (State.UPLOADED,),
    State.SUBMITTING: (State.UPLOADED, State.SUBMITTING),
    State.SUBMITTED: (State.UPLOADED, State.SUBMITTING, State.SUBMITTED),
    State.ENDED: (State.UPLOADED, State.SUBMITTING, State.SUBMITTED, State.ENDED),
    State.FETCHED: (
        State.UPLOADED, State.SUBMITTING, State.SUBMITTED, State.ENDED, State.FETCHED,
    ),
    State.FAILED: (State.FAILED,),
}  # fmt: skip
"""How a job comes to each state it can be in."""
_LEARNT: dict[State, dict[str, Any]] = {
    State.UPLOADED: {"upload_name": "files/f"},
    State.SUBMITTED: {"name": "batches/b"},
}


def _blank(type_name: str) -> Any:
    if "None" in type_name:
        return None
    return 0 if type_name in ("int", "float") else "x"


def _job(number: int = 1) -> JobRow:
    values = {field.name: _blank(str(field.type)) for field in fields(JobRow)}
    known = {
        "run": RUN,
        "number": number,
        "state": State.BUILT,
        "item_count": 1,
        "display_name": f"truebatch/r/{number}",
    }
    return JobRow(**{**values, **known})


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    made = SqliteJournal(tmp_path / "journal.sqlite3")
    made.begin_run(
        RUN, task="t", model="m", created_at="2026-11-22T00:00:00+00:00", options={"a": 1}
    )
    made.built(RUN, (_job(),), item_count=1, excluded=("x.json",))
    yield made
    made.close()


def _brought_to(journal: SqliteJournal, state: State) -> JobRow:
    (job,) = journal.jobs(RUN)
    for step in _ROADS[state]:
        job = journal.move_job(job, step, **_LEARNT.get(step, {}))
    assert job.state is state
    return job


def test_every_state_of_a_job_has_a_road() -> None:
    assert set(_ROADS) == set(State) - {State.BUILDING, State.DONE}
    assert set(MOVES) == set(State)
    assert all(MOVES[state] == frozenset() for state in FINAL)


@pytest.mark.parametrize(
    ("state", "target"),
    [(s, t) for s, t in itertools.product(_ROADS, State) if t not in MOVES[s]],
)
def test_refuses_every_illegal_move_and_writes_nothing(
    journal: SqliteJournal, state: State, target: State
) -> None:
    job = _brought_to(journal, state)
    with pytest.raises(ValueError, match=f"from {state} to {target}"):
        journal.move_job(job, target, upload_name="files/other")
    assert journal.jobs(RUN) == (job,)


@pytest.mark.parametrize(
    ("state", "target"),
    [(s, t) for s in _ROADS for t in sorted(MOVES[s]) if t is not State.DONE],
)
def test_makes_every_legal_move(journal: SqliteJournal, state: State, target: State) -> None:
    job = _brought_to(journal, state)
    moved = journal.move_job(job, target, **_LEARNT.get(target, {}), error="why")
    assert (moved.state, moved.error) == (target, "why")
    assert journal.jobs(RUN) == (moved,)


def test_refuses_move_of_a_job_that_somebody_else_has_moved(journal: SqliteJournal) -> None:
    old = _brought_to(journal, State.UPLOADED)
    journal.move_job(old, State.SUBMITTING)
    with pytest.raises(ValueError, match="not UPLOADED any more"):
        journal.move_job(old, State.SUBMITTING)


def test_refuses_submitted_job_without_name(journal: SqliteJournal) -> None:
    job = _brought_to(journal, State.SUBMITTING)
    with pytest.raises(sqlite3.IntegrityError, match="a_submitted_job_has_a_name"):
        journal.move_job(job, State.SUBMITTED)
    assert journal.jobs(RUN) == (job,)


def test_refuses_end_that_is_none(journal: SqliteJournal) -> None:
    with pytest.raises(ValueError, match="no end"):
        journal.finish_run(RUN, State.BUILT, ended_at="now", reason=None, result={})


def test_refuses_second_run_of_one_name(journal: SqliteJournal) -> None:
    with pytest.raises(WrongUsage, match="resume r"):
        journal.begin_run(RUN, task="t", model="m", created_at="now", options={})


def test_next_process_reads_what_was_written(journal: SqliteJournal, tmp_path: Path) -> None:
    job = _brought_to(journal, State.SUBMITTED)
    other = SqliteJournal(tmp_path / "journal.sqlite3")
    try:
        assert other.jobs(RUN) == (job,)
        found = other.run("batches/b")
        assert found is not None
        assert (found.id, found.excluded, found.options["a"]) == (RUN, ("x.json",), 1)
        assert other.run("batches/other") is None
        finished = other.finish_run(
            RUN, State.FAILED, ended_at="now", reason="why", result={"counts": {}}
        )
        assert (finished.state, finished.reason) == (State.FAILED, "why")
    finally:
        other.close()


def test_job_name_belongs_to_one_job(journal: SqliteJournal) -> None:
    job = _brought_to(journal, State.SUBMITTED)
    second = RunId("r2")
    journal.begin_run(second, task="t", model="m", created_at="now", options={})
    journal.built(second, (_job(2),), item_count=1, excluded=())
    (other,) = journal.jobs(second)
    other = journal.move_job(other, State.UPLOADED, upload_name="files/f2")
    other = journal.move_job(other, State.SUBMITTING)
    with pytest.raises(sqlite3.IntegrityError):
        journal.move_job(other, State.SUBMITTED, name=JobName(job.name or ""))


def test_forgotten_run_leaves_nothing(journal: SqliteJournal) -> None:
    journal.forget_run(RUN)
    assert journal.run(RUN) is None
    assert journal.jobs(RUN) == ()


def test_folder_belongs_to_the_first_service(journal: SqliteJournal) -> None:
    assert journal.service() is None
    journal.bind_service("sandbox")
    journal.bind_service("https://elsewhere")
    assert journal.service() == "sandbox"


def test_journal_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    SqliteJournal(path).close()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 999")
    database.close()
    with pytest.raises(DiskFailed, match="newer truebatch"):
        SqliteJournal(path)


def test_file_that_is_no_journal_is_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    path.write_bytes(b"this is no database, but it is long enough to look into" * 40)
    with pytest.raises(DiskFailed, match=r"journal\.sqlite3"):
        SqliteJournal(path)
