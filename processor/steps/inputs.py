"""The items of a run as they were read, kept for rules that compare an answer with its item."""

from __future__ import annotations

from array import array
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from processor.errors import DiskFailed
from validation import DecodeError, Profile, parse_exact

INPUTS = "inputs.jsonl"


def needs_items(profile: Profile) -> bool:
    """Whether answers are judged together with their items."""
    return bool(profile.declared.relations)


def one_line(raw: bytes) -> bytes:
    """An item's own bytes on one line.

    Strict JSON has line ends between its tokens only, so nothing but white space changes.
    """
    return raw.replace(b"\n", b" ").replace(b"\r", b" ") + b"\n"


class StoredItems:
    """Reads ``inputs.jsonl`` by position: at once where it goes on in order, by offsets otherwise."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._next = 0
        self._offsets: array[int] | None = None

    def __enter__(self) -> StoredItems:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def __getitem__(self, position: int) -> object:
        """The item's value, with exact numbers.

        Raises:
            DiskFailed: the file is gone, cannot be read, or does not have it.
        """
        try:
            line = self._line(position)
            return parse_exact(line)
        except OSError as error:
            raise DiskFailed(f"{self._path}: {error.strerror or error}.") from None
        except (DecodeError, IndexError):
            raise DiskFailed(
                f"{self._path}: item {position + 1} is not there as it was written; the rules of "
                "this task compare answers with it."
            ) from None

    def _line(self, position: int) -> bytes:
        if self._file is None:
            self._file = self._path.open("rb")
        if position != self._next:
            if self._offsets is None:
                self._offsets = _line_offsets(self._path)
            self._file.seek(self._offsets[position])
        self._next = position + 1
        return self._file.readline()


def stored_items(profile: Profile, folder: Path) -> AbstractContextManager[StoredItems | None]:
    """The items of the run in ``folder``; None when the rules do not need them."""
    return StoredItems(folder / INPUTS) if needs_items(profile) else nullcontext()


def _line_offsets(path: Path) -> array[int]:
    offsets = array("q")
    at = 0
    with path.open("rb") as file:
        for line in file:
            offsets.append(at)
            at += len(line)
    return offsets
