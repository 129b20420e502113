"""An input file: where it is, what it holds, how messages call it."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, cast

PACKED = ".gz"
STDIN_COPY = "inputs.stdin"
"""What the copy of the standard input is called in a run's folder."""
URLS_COPY = "inputs.urls.txt"
"""What the addresses of a Python program are called there."""


class Format(StrEnum):
    """What an input file holds."""

    JSON = "JSON"
    LINES = "JSON lines"
    CSV = "CSV"
    TSV = "TSV"
    PARQUET = "Parquet"
    TEXT = "text lines"
    STDIN = "standard input"


_FORMATS = {
    ".json": Format.JSON,
    ".jsonl": Format.LINES,
    ".ndjson": Format.LINES,
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".parquet": Format.PARQUET,
    ".txt": Format.TEXT,
}
# Folders are read for these alone: a README.txt or a list of contents beside the items is no item.
_OF_FOLDERS = frozenset({Format.JSON, Format.LINES})


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """One input file.

    Attributes:
        packed: whether it is compressed with gzip.
        name: as messages call it.
        stem: its name without what its name says of its format.
    """

    path: Path
    format: Format
    packed: bool
    name: str
    stem: str

    def open(self, buffer_bytes: int = -1) -> BinaryIO:
        """What it holds, unpacked; read in pieces of ``buffer_bytes``, -1: the system's own size."""
        if self.packed:
            return cast(BinaryIO, gzip.open(self.path))
        return self.path.open("rb", buffering=buffer_bytes)


def input_file(path: Path) -> InputFile:
    """The file at ``path``; one whose name says nothing of its format is taken for JSON."""
    if path.name == STDIN_COPY:
        name, form, packed = Format.STDIN.value, Format.STDIN, False
    else:
        name = "urls" if path.name == URLS_COPY else str(path)
        packed = _suffix(path.name).lower() == PACKED
        form = format_of(path.name) or Format.JSON
    stem = _without_suffix(_without_suffix(path.name) if packed else path.name)
    return InputFile(path=path, format=form, packed=packed, name=name, stem=stem)


def is_known(name: str, *, in_folder: bool) -> bool:
    """Whether a file found in a folder, or by a glob, is an input file by its name."""
    form = format_of(name)
    return form in _OF_FOLDERS if in_folder else form is not None


def format_of(name: str) -> Format | None:
    """What a file holds by its name alone; None when that does not say."""
    suffix = _suffix(name).lower()
    if suffix != PACKED:
        return _FORMATS.get(suffix)
    form = _FORMATS.get(_suffix(_without_suffix(name)).lower())
    # Parquet compresses by itself, and is read from its end: it is not packed once more.
    return None if form is Format.PARQUET else form


def _suffix(name: str) -> str:
    """As pathlib has it, at a tenth of its cost: there may be a million of them."""
    at = name.rfind(".")
    return name[at:] if 0 < at < len(name) - 1 else ""


def _without_suffix(name: str) -> str:
    suffix = _suffix(name)
    return name.removesuffix(suffix) if suffix else name
