"""Task folders: the built-in ones, the user's own, or any folder."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from processor.core.context import CONTEXT_COPY
from processor.core.task import TASK_FILES, TASK_NAME_RULE, is_task_name
from processor.errors import WrongUsage

_BUILT_IN = Path(__file__).resolve().parent.parent / "tasks"
_NEW_TASK = Path(__file__).resolve().parent / "new_task"
_NAME_HERE = b"@NAME@"


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
        files = {
            name: (folder / name).read_bytes() for name in TASK_FILES if (folder / name).is_file()
        }
        context = _context_file(folder, files.get("task.toml", b""))
        return files if context is None else {**files, CONTEXT_COPY: context.read_bytes()}
    except OSError as error:
        raise WrongUsage(f"{error.filename}: {error.strerror}.") from None


def _context_file(folder: Path, settings: bytes) -> Path | None:
    """The context that a task.toml names, or a run's copy of it; what is wrong there is said later."""
    try:
        named = tomllib.loads(settings.decode("utf-8-sig")).get("context", {}).get("file", "")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, AttributeError):
        named = ""
    own = folder / named if isinstance(named, str) and named else folder / CONTEXT_COPY
    inside = own.resolve().is_relative_to(folder.resolve())
    found = [path for path in (own if inside else None, folder / CONTEXT_COPY) if path]
    return next((path for path in found if path.is_file()), None)


def write_new_task(name: str, parent: Path) -> Path:
    """Write a commented task folder ``parent/name``; nothing that is there is overwritten.

    Raises:
        WrongUsage: it is no name for a task, a task or file has it already, or the disk refuses.
    """
    if not is_task_name(name):
        raise WrongUsage(f"--new {name!r}: {TASK_NAME_RULE}")
    taken = {folder.name: folder for folder in reversed(list(task_folders()))}
    if name in taken:
        raise WrongUsage(f"There is a task {name} already, in {taken[name]}. Choose another name.")
    folder = parent / name
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        for file in TASK_FILES:
            content = (_NEW_TASK / file).read_bytes()
            (folder / file).write_bytes(content.replace(_NAME_HERE, name.encode()))
    except FileExistsError:
        raise WrongUsage(f"{folder} is there already; nothing was overwritten.") from None
    except OSError as error:
        raise WrongUsage(f"{error.filename}: {error.strerror}.") from None
    return folder


def _users_own() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "truebatch" / "tasks"
