"""A task with a long document before every prompt."""

from __future__ import annotations

import json
from pathlib import Path

HANDBOOK = "".join(
    f"Section {number}: plots with clay keep more potassium than plots with sand.\n"
    for number in range(1, 501)
)
TASK = {
    "task.toml": """\
name = "advice"
description = "Answers by the handbook."
model = "gemini-3.6-flash"
accept_models = ["sandbox/gemini-3.6-flash"]
[context]
file = "handbook.md"
[generation_config]
max_output_tokens = 4096
response_mime_type = "application/json"
""",
    "system.md": "Answer by the handbook alone.\n",
    "prompt.md": "{{ title }}: {{ text }}\nJSON of this schema:\n{{ schema }}\n",
    "schema.json": json.dumps(
        {
            "type": "object",
            "properties": {"title": {"type": "string"}, "text": {"type": "string"}},
            "required": ["title", "text"],
        }
    ),
    "handbook.md": HANDBOOK,
}


def write_task(folder: Path, **changes: str) -> Path:
    """The task in a folder of its own."""
    folder.mkdir(parents=True)
    for name, content in {**TASK, **changes}.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def items(count: int) -> list[dict[str, str]]:
    """Questions."""
    return [
        {"id": f"q{n}", "title": f"Plot {n}", "text": f"Has plot {n} clay?"}
        for n in range(1, count + 1)
    ]
