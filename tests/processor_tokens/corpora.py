"""Texts to estimate, and the ways in which a task makes requests of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from processor.core.ids import ItemId
from processor.core.item import Item
from processor.core.request import RequestMaker
from processor.core.task import Task
from processor.core.task_parser import parse_task
from processor.core.tokens import Estimator, estimator_for
from processor.effects.tasks import find_task, read_task_files
from tests.bench import NOTES, PROJECT

PAPERS = PROJECT.parent / "shared" / "papers"
"""Real articles, which are no part of the project: tests on them are skipped where they are not."""
INPUTS = PROJECT / "inputs"
LANGUAGES = Path(__file__).parent / "second_language.json"


def parse(folder: Path) -> Task:
    """The task in ``folder``."""
    return parse_task(read_task_files(folder), origin=str(folder))


def stage_1a() -> Task:
    """The built-in task that reads papers."""
    return parse(find_task("stage_1a"))


def notes_task() -> Task:
    """The tests' smallest task."""
    return parse(NOTES)


def papers(folder: Path) -> list[dict[str, Any]]:
    """Every paper in a folder of JSON files."""
    files = sorted(folder.glob("*.json"))
    return [json.loads(p.read_text("utf-8")) for p in files if p.name != "complete_dataset.json"]


def languages(prefix: str) -> list[dict[str, Any]]:
    """The notes of one language: ``de`` or ``ja``."""
    notes: list[dict[str, Any]] = json.loads(LANGUAGES.read_text("utf-8"))
    return [note for note in notes if note["note_id"].startswith(prefix)]


def text_of(task: Task, value: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """The prompt of an item as JSON text, and its request line."""
    item = Item(ItemId("i"), value, "test", b"")
    request = RequestMaker(task).make(item)
    return request.prompt, request.line


def estimated(task: Task, values: Iterable[Mapping[str, Any]], factor: float = 1.0) -> int:
    """Input tokens of the requests for ``values``."""
    estimator: Estimator = estimator_for(task, factor)
    return sum(estimator.tokens(text_of(task, value)[0]) for value in values)
