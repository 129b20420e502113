"""Task folders: the built-in ones, the user's own, or any folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from processor.core.task import TASK_FILES
from processor.errors import WrongUsage

_BUILT_IN = Path(__file__).resolve().parent.parent / "tasks"


def task_folders() -> Iterator[Path]:
    """The folders of all tasks that have a name: built in first, then the user's own."""
    for parent in (_BUILT_IN, _users_own()):
        if parent.is_dir():
            yield from sorted(path.parent for path in parent.glob("*/task.toml"))


def find_task(name: str) -> Path:
    """The folder of a task given by name or as a folder.

    Raises:
        WrongUsage: there is none; the message lists those there are.
    """
    by_name = {folder.name: folder for folder in reversed(list(task_folders()))}
    if name in by_name:
        return by_name[name]
    folder = Path(name)
    if (folder / "task.toml").is_file():
        return folder
    if folder.is_dir():
        raise WrongUsage(f"{name} is no task folder: it has no task.toml.")
    known = ", ".join(sorted(by_name))
    raise WrongUsage(f"There is no task {name!r}. Tasks are: {known}; or give a folder.")


def read_task_files(folder: Path) -> Mapping[str, bytes]:
    """The bytes of the task files that are there, by name.

    Raises:
        WrongUsage: one cannot be read.
    """
    try:
        return {
            name: (folder / name).read_bytes() for name in TASK_FILES if (folder / name).is_file()
        }
    except OSError as error:
        raise WrongUsage(f"{error.filename}: {error.strerror}.") from None


def _users_own() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "truebatch" / "tasks"
