"""Two stages for the tests: ``notes``, then ``remarks``, which reads what notes accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.bench import INTERVAL, NOTES, Bench, notes, write_notes

_TASK = """\
name = "remarks"
model = "gemini-3.6-flash"
accept_models = ["sandbox/gemini-3.6-flash"]
[generation_config]
response_mime_type = "application/json"
max_output_tokens = 2048
"""
_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {"remark": {"type": "string", "minLength": 1}},
    "required": ["remark"],
}
CHAIN = "c"
FIRST, SECOND = "c-1-notes", "c-2-remarks"


def write_remarks(folder: Path, more: str = "") -> str:
    """The second stage's task folder, which has no ``[input] id``; ``more`` ends its task.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "task.toml").write_text(_TASK + more, encoding="utf-8")
    (folder / "schema.json").write_text(json.dumps(_SCHEMA), encoding="utf-8")
    (folder / "prompt.md").write_text(
        "Remark on {{ subject }}:\n{{ schema }}\n{{ item }}", encoding="utf-8"
    )
    return str(folder)


def stages(tmp_path: Path) -> list[str]:
    """Both stages."""
    return [str(NOTES), write_remarks(tmp_path / "remarks")]


def run_chain(bench: Bench, tmp_path: Path, count: int = 4, **options: Any) -> dict[str, Any]:
    """The chain on ``count`` notes, by files; its summary."""
    inputs = str(write_notes(tmp_path / "in", notes(count)))
    given: dict[str, Any] = {"run": CHAIN, "poll_interval": INTERVAL, "inputs": inputs}
    given = {name: value for name, value in {**given, **options}.items() if value is not None}
    return bench.processor().pipeline(stages(tmp_path), **given)


def jobs_made(bench: Bench) -> list[str]:
    """The run of each job that the service made for this bench, in order."""
    made = [call for call in bench.calls("batches.create") if call["status"] == 200]
    known = [job.run for job in bench.processor().remote_jobs() if job.run is not None]
    assert len(known) == len(made)
    return sorted(known)
