"""The input files of a run, found by what the user names."""

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from processor.errors import BadInput
from processor.steps.input_file import STDIN_COPY, is_known


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The input files, in the order in which they are read.

    Attributes:
        excluded: names left out by ``exclude``.
        ignored: how many other files the folders hold.
    """

    files: Sequence[Path]
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


class _Paths(Sequence[Path]):
    """Paths, held as the strings that they are: a folder of a million files fits into 100 MB."""

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, index: int) -> Path: ...
    @overload
    def __getitem__(self, index: slice) -> _Paths: ...
    def __getitem__(self, index: int | slice) -> Path | _Paths:
        if isinstance(index, slice):
            return _Paths(self._names[index])
        return Path(self._names[index])


def find(inputs: Sequence[str], exclude: Sequence[str]) -> Found:
    """The files that ``inputs`` (files, folders, globs) name; a file given twice counts once.

    Folders give their JSON files; CSV, Parquet and text files are read when they are named, or matched
    by a glob. ``exclude`` applies to the names found in folders and by globs, not to a file named itself.

    Raises:
        BadInput: a path does not exist, or nothing is left.
    """
    files: list[str] = []
    excluded: dict[str, None] = {}
    ignored = 0
    for given in inputs:
        path = Path(given)
        if path.is_file():
            files.append(str(path))
            continue
        in_folder = path.is_dir()
        for candidate in _in_folder(path) if in_folder else _matching(given):
            name = os.path.basename(candidate)  # noqa: PTH119 - no object for each of a million
            if not is_known(name, in_folder=in_folder) or name.startswith("."):
                ignored += 1
            elif any(fnmatch.fnmatch(name, pattern) for pattern in exclude):
                excluded[name] = None
            else:
                files.append(candidate)
    if not files:
        raise BadInput(_nothing(inputs, tuple(excluded), ignored))
    if len(inputs) > 1:
        files = list(dict.fromkeys(files))
    return Found(files=_Paths(files), excluded=tuple(excluded), ignored=ignored)


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


def _in_folder(path: Path) -> Iterator[str]:
    try:
        with os.scandir(path) as entries:
            names = sorted(entry.name for entry in entries if _is_meant(entry))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}.") from None
    folder = str(path / "x")[:-1]  # with its separator, and without a "./"
    return (folder + name for name in names)


def _matching(given: str) -> Iterator[str]:
    matches = sorted(Path(match) for match in glob.glob(given, recursive=True))  # noqa: PTH207
    if not matches:
        raise BadInput(f"{given}: there is no such file or folder.")
    if matches == [Path(given)] and matches[0].exists():
        raise BadInput(
            f"{given} is no file that can be read twice. Pipe it into the standard input: --inputs -."
        )
    return (str(match) for match in matches if _is_meant(match))


def _is_meant(path: Path | os.DirEntry[str]) -> bool:
    """Whether it is a file, or a link that should lead to one: reading that says what is wrong."""
    if not path.is_symlink():
        return path.is_file()
    linked = Path(path)  # which takes a circle for a link that leads nowhere; os.scandir raises
    return linked.is_file() or not linked.exists()


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
