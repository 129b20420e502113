"""The input files of a run, found by what the user names."""

from __future__ import annotations

import fnmatch
import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from processor.errors import BadInput
from processor.steps.input_file import STDIN_COPY, is_known


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The input files, in the order in which they are read.

    Attributes:
        excluded: names left out by ``exclude``.
        ignored: how many other files the folders hold.
    """

    files: tuple[Path, ...]
    excluded: tuple[str, ...]
    ignored: int

    def line(self) -> str:
        """What was found, and what is not read, in one line."""
        alone = len(self.files) == 1 and self.files[0].name == STDIN_COPY
        line = "the standard input" if alone else _count(len(self.files), "file")
        if self.excluded:
            line += f", {len(self.excluded):,} excluded"
        if self.ignored:
            line += f", {_count(self.ignored, 'other file')} ignored"
        return line


def find(inputs: Sequence[str], exclude: Sequence[str]) -> Found:
    """The files that ``inputs`` (files, folders, globs) name; a file given twice counts once.

    Folders give their JSON files; CSV, Parquet and text files are read when they are named, or matched
    by a glob. ``exclude`` applies to the names found in folders and by globs, not to a file named itself.

    Raises:
        BadInput: a path does not exist, or nothing is left.
    """
    files: dict[Path, None] = {}
    excluded: dict[str, None] = {}
    ignored = 0
    for given in inputs:
        path = Path(given)
        if path.is_file():
            files[path] = None
            continue
        in_folder = path.is_dir()
        for candidate in _in_folder(path) if in_folder else _matching(given):
            if not is_known(candidate, in_folder=in_folder) or candidate.name.startswith("."):
                ignored += 1
            elif any(fnmatch.fnmatch(candidate.name, pattern) for pattern in exclude):
                excluded[candidate.name] = None
            else:
                files[candidate] = None
    if not files:
        raise BadInput(_nothing(inputs, tuple(excluded), ignored))
    return Found(files=tuple(files), excluded=tuple(excluded), ignored=ignored)


def _nothing(inputs: Sequence[str], excluded: Sequence[str], ignored: int) -> str:
    message = f"No items: {', '.join(inputs)} holds no .json or .jsonl file"
    if excluded:
        message += f" besides the excluded {', '.join(excluded)}"
    if ignored:
        message += (
            f"; {_count(ignored, 'other file')} ignored. A .csv, .tsv, .parquet or .txt file is read "
            "when it is named itself, or matched by a glob such as 'folder/*.csv'"
        )
    return message + "."


def _in_folder(path: Path) -> list[Path]:
    try:
        return sorted(entry for entry in path.iterdir() if _is_meant(entry))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}.") from None


def _matching(given: str) -> list[Path]:
    matches = sorted(Path(match) for match in glob.glob(given, recursive=True))  # noqa: PTH207
    if not matches:
        raise BadInput(f"{given}: there is no such file or folder.")
    if matches == [Path(given)] and matches[0].exists():
        raise BadInput(
            f"{given} is no file that can be read twice. Pipe it into the standard input: --inputs -."
        )
    return [match for match in matches if _is_meant(match)]


def _is_meant(path: Path) -> bool:
    """Whether it is a file, or a link that should lead to one: reading that says what is wrong."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
