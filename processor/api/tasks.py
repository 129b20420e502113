"""The tasks there are, described."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from processor.core.task_parser import parse_task
from processor.effects.tasks import find_task, read_task_files, task_folders


def list_tasks() -> Iterator[dict[str, Any]]:
    """Every task that has a name: built in, or in the user's own folder."""
    return (_describe(folder) for folder in task_folders())


def describe_task(name: str) -> dict[str, Any]:
    """One task, by name or folder, with the text of its files.

    Raises:
        WrongUsage: there is none, or it is wrong.
    """
    folder = find_task(name)
    texts = {file: content.decode() for file, content in read_task_files(folder).items()}
    return {**_describe(folder), "files": texts}


def _describe(folder: Path) -> dict[str, Any]:
    task = parse_task(read_task_files(folder), origin=str(folder))
    return {
        "name": task.name,
        "description": task.description,
        "model": task.model,
        "folder": str(folder),
    }
