"""Runs in short, made by hand, and a journal full of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from processor import Processor
from processor.core.figures import Figures
from processor.core.state import State
from processor.effects.journal import SqliteJournal
from tests.bench import NOTES

_INSERT = (
    "INSERT INTO runs (id, task, model, state, created_at, ended_at, item_count, options, result)"
    " VALUES (:run, :task, :model, :state, :created_at, :ended_at, :items, :options, :result)"
)
NOTED = """[fields.sentiment]
names = ["sentiment"]
[require]
all = ["sentiment"]
"""
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def figures(number: int = 1, **changes: Any) -> Figures:
    """A run of ten items that ended well, or whatever ``changes`` make of it."""
    values: dict[str, Any] = {
        "number": number,
        "run": f"r{number}",
        "task": "notes",
        "model": "m",
        "state": State.DONE,
        "created_at": NOON.isoformat(),
        "ended_at": (NOON + timedelta(hours=2)).isoformat(),
        "items": 10,
        "counts": {"accepted": 7, "rejected": 1, "failed": 1, "reused": 1, "pending": 0},
        "cost": {"actual_usd": 0.25, "saved_usd": 0.25},
        "findings": {"schema.type": 1, "envelope.truncated": 1},
        "expected_usd": 0.3,
    }
    return Figures(**(values | changes))


def going(number: int = 1, **changes: Any) -> Figures:
    """A run that has not ended."""
    ends: dict[str, Any] = {
        "state": State.BUILT, "ended_at": None, "counts": {}, "cost": {}, "findings": {},
    }  # fmt: skip
    return figures(number, **(ends | changes))


def journal_of(outputs: Path, runs: Iterable[Figures], **result: Any) -> Path:
    """A folder whose journal knows these runs; ``result`` goes to every run that has ended."""
    outputs.mkdir(parents=True)
    journal = SqliteJournal(outputs / "journal.sqlite3")
    journal._db.execute("BEGIN")
    journal._db.executemany(_INSERT, (_row(run, result) for run in runs))
    journal._db.execute("COMMIT")
    journal.close()
    return outputs


def _row(run: Figures, more: Mapping[str, Any]) -> dict[str, Any]:
    ended = {"counts": run.counts, "cost": run.cost, "findings": run.findings, "tokens": {}}
    estimate = {"batch_usd": {"low": 0.1, "expected": run.expected_usd, "high": 1.0}}
    return {
        **run._asdict(),
        "options": json.dumps({"estimate": estimate}),
        "result": json.dumps({**ended, **more}) if run.ended else None,
    }


def dashboard_of(outputs: Path) -> Path:
    """The dashboard of a folder, as a file beside it."""
    with Processor(outputs=outputs) as processor:
        return processor.dashboard(outputs.parent / "dashboard.html")[1]


def narrow_task(folder: Path) -> str:
    """A task that knows its only field by no other name: answers that rename it lead to a suggestion."""
    shutil.copytree(NOTES, folder)
    (folder / "fields.toml").write_text(NOTED, encoding="utf-8")
    schema = {
        "type": "object",
        "properties": {"sentiment": {"type": "string"}},
        "required": ["sentiment"],
    }
    (folder / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    return str(folder)
