"""Tasks and models for these tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import processor
from processor.core.model import Model
from processor.core.models import parse_models
from processor.core.preflight import Preflight
from processor.core.preflight_finding import PreflightFinding
from processor.core.task import Task
from processor.core.task_parser import parse_task

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = NOW.date()
FILE = Path(processor.__file__).parent / "models.toml"
MODELS = parse_models(FILE.read_text(encoding="utf-8"), origin="models.toml")

MINIMAL = """
[models.m]
context_tokens = 1000
max_output_tokens = 100
"""
PRICE = """
since = {since}
batch_input = 1
batch_output = 2
batch_cached = 0.5
interactive_input = 2
interactive_output = 4
interactive_cached = 0.5
"""


def make_task(
    config: str = 'thinking_config = { thinking_level = "low" }',
    *,
    model: str = "gemini-3.6-flash",
    send_schema: str = "false",
    schema: Any = None,
    system: str | None = None,
) -> Task:
    """A task with this [generation_config]."""
    lines = [
        'name = "t"',
        f'model = "{model}"',
        "[generation_config]",
        config,
        "[output]",
        f"send_schema = {send_schema}",
    ]
    files = {"task.toml": "\n".join(lines).encode()}
    if schema is not None:
        files["schema.json"] = json.dumps(schema).encode()
    if system is not None:
        files["system.md"] = system.encode()
    return parse_task(files, origin="t")


def look(
    config: str,
    *,
    model: str = "gemini-3.6-flash",
    now: datetime = NOW,
    send_schema: str = "false",
    schema: Any = None,
) -> tuple[PreflightFinding, ...]:
    """What preflight says of a task with this [generation_config]."""
    task = make_task(config, model=model, send_schema=send_schema, schema=schema)
    return Preflight(task, MODELS.get(model), now).task_findings()


def stops(findings: tuple[PreflightFinding, ...]) -> list[str]:
    """The paths of those that stop."""
    return [finding.path for finding in findings if finding.stops]


def warnings(findings: tuple[PreflightFinding, ...]) -> list[str]:
    """The paths of those that warn."""
    return [finding.path for finding in findings if not finding.stops]


def made_model(text: str, name: str = "m") -> Model:
    """The model of a models.toml."""
    return parse_models(text, origin="f.toml")[name]
