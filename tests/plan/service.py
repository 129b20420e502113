"""What the sandbox's own log and folder say of the jobs it was given."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from processor.effects.journal import SqliteJournal
from sandbox.process import Sandbox
from tests.bench import NOTES, notes

NOTE_TOKENS = 168
"""What one note's request is estimated to have, about."""


def creates(log: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every create, refused ones too, in order."""
    return [call for call in log if call["endpoint"] == "batches.create"]


def assert_within(log: Sequence[dict[str, Any]], limit: int) -> int:
    """No job was refused, and never more enqueued than the limit; returns the most there was."""
    made = creates(log)
    assert made
    assert {call["status"] for call in made} == {200}
    most = max(int(call["enqueued_tokens"]) for call in made)
    assert most <= limit
    return most


def keys_asked(state: Path) -> list[str]:
    """The key of every request of every job that was ever made, in no order."""
    keys = []
    for path in (state / "jobs").glob("*.requests"):
        with path.open("rb") as lines:
            keys += [json.loads(line)["key"] for line in lines]
    return keys


def numbers_in_order_of_creation(sandbox: Sandbox, outputs: Path, run: str) -> list[int]:
    """The numbers of the run's jobs, in the order in which the service made them."""
    journal = SqliteJournal(outputs / "journal.sqlite3")
    try:
        row = journal.run(run)
        assert row is not None
        numbers = {job.name: job.number for job in journal.jobs(row.id)}
    finally:
        journal.close()
    return [numbers[call["job"]] for call in creates(sandbox.log()) if call["job"] in numbers]


def write_array(path: Path, count: int) -> Path:
    """The first ``count`` notes as one JSON array."""
    path.write_text(json.dumps(notes(count)), encoding="utf-8")
    return path


def task_with(folder: Path, name: str, *lines: str, source: Path = NOTES) -> Path:
    """A copy of a task whose task.toml has some lines more at its end."""
    shutil.copytree(source, folder / name)
    path = folder / name / "task.toml"
    path.write_text("\n".join([path.read_text("utf-8"), *lines, ""]), encoding="utf-8")
    return folder / name
