"""The sides of a comparison: a run's envelopes, a folder of outputs, or a file of many."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from processor.core.compared import Compared, of_envelope, of_file, of_member, of_record
from processor.core.json_array import BrokenArray, array_elements
from processor.core.json_bytes import decode
from processor.errors import BadInput
from processor.steps.record import BOM, LARGEST_ITEM_BYTES, SPACE, check_size
from processor.steps.save import ENVELOPES
from validation import DecodeError, parse_exact

_LINES = (".jsonl", ".ndjson")
_MEMBER = re.compile(rb'("(?:[^"\\]|\\.)*+")[ \t\r\n]*:', re.DOTALL)


class Side(Protocol):
    """Outputs that can be read in order, and each of them again.

    Attributes:
        path: where they stand.
        kind: ``run``, ``folder`` or ``file``.
    """

    path: Path
    kind: str

    def items(self) -> Iterator[tuple[str, Compared]]:
        """Every item with its spot, one in memory at a time."""
        ...

    def at(self, spot: str) -> Compared:
        """The item that stands at a spot."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


def side_of(path: Path) -> Side:
    """What stands at ``path``: a run's folder, a folder of outputs, JSON lines, or JSON.

    Raises:
        BadInput: there is nothing that could be compared.
    """
    if path.is_dir():
        if (path / ENVELOPES).is_file():
            return Lines(path / ENVELOPES, "run", _envelope)
        if (path / "task" / "task.toml").is_file():
            raise BadInput(f"{path}: the run of this folder has no results yet.")
        return Folder(path)
    if not path.is_file():
        raise BadInput(f"{path}: there is no such run, folder or file.")
    return Lines(path, "file", _record) if path.suffix.lower() in _LINES else Document(path)


class Folder:
    """A folder with a file for each item, as ``outputs/<task>/`` is; in the order of the names."""

    kind = "folder"

    def __init__(self, path: Path) -> None:
        self.path = path

    def items(self) -> Iterator[tuple[str, Compared]]:
        names = sorted(one.name for one in os.scandir(self.path) if one.name.endswith(".json"))
        if not names:
            raise BadInput(
                f"{self.path}: no .json file is in this folder. Outputs stand in outputs/TASK/, "
                "runs in outputs/runs/RUN/."
            )
        for name in names:
            yield name, self.at(name)

    def at(self, spot: str) -> Compared:
        path = self.path / spot
        try:
            spot.encode()
            check_size(path.stat().st_size, str(path))
            return of_file(spot, parse_exact(path.read_bytes()))
        except DecodeError:
            return of_file(spot, None, readable=False)
        except UnicodeEncodeError:
            raise BadInput(f"{str(path)!r}: the name is not UTF-8, so it is no id.") from None
        except OSError as error:
            raise _unreadable(path, error) from None

    def close(self) -> None:
        """Nothing is held."""


class Lines:
    """A file with an item on each line: ``items.jsonl``, an export, or lines made elsewhere.

    Args:
        read: makes an item of a line, or None where there is no id.
    """

    def __init__(self, path: Path, kind: str, read: Callable[[bytes], Compared | None]) -> None:
        self.path = path
        self.kind = kind
        self._read = read

    def items(self) -> Iterator[tuple[str, Compared]]:
        at = 0
        with _opened(self.path) as file:
            lines = iter(partial(file.readline, LARGEST_ITEM_BYTES + 1), b"")
            for number, line in enumerate(lines, 1):
                source = f"{self.path}, line {number}"
                check_size(len(line), source)
                raw = _stripped(line)
                if raw:
                    yield str(at), _made(self._read, raw, source)
                at += len(line)

    def at(self, spot: str) -> Compared:
        self._file.seek(int(spot))
        return _made(self._read, _stripped(self._file.readline()), f"{self.path}, byte {spot}")

    @cached_property
    def _file(self) -> BinaryIO:
        return _opened(self.path)

    def close(self) -> None:
        """Let go of the file."""
        if "_file" in self.__dict__:
            self._file.close()


class Document:
    """A JSON file: an array of items with their ids, or one object, ids to data."""

    kind = "file"

    def __init__(self, path: Path) -> None:
        self.path = path

    def items(self) -> Iterator[tuple[str, Compared]]:
        try:
            for number, (begin, end) in enumerate(array_elements(self._data, self._root), 1):
                source = f"{self.path}, element {number}"
                check_size(end - begin, source)
                yield f"{begin}-{end}", self._made(begin, end, source)
        except BrokenArray as error:
            raise BadInput(f"{self.path}: not JSON: {error}.") from None

    def at(self, spot: str) -> Compared:
        begin, _, end = spot.partition("-")
        return self._made(int(begin), int(end), f"{self.path}, bytes {spot}")

    def _made(self, begin: int, end: int, source: str) -> Compared:
        read = _record if self._data[self._root : self._root + 1] == b"[" else _member
        return _made(read, self._data[begin:end].strip(SPACE), source)

    @cached_property
    def _data(self) -> mmap:
        with _opened(self.path) as file:
            if not os.fstat(file.fileno()).st_size:
                raise BadInput(f"{self.path} is empty.")
            return mmap(file.fileno(), 0, access=ACCESS_READ)

    @cached_property
    def _root(self) -> int:
        found = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*+(?=[\[{])").match(self._data)
        if found is None:
            raise BadInput(f"{self.path}: neither a JSON array nor an object, ids to data.")
        return found.end()

    def close(self) -> None:
        """Let go of the file."""
        # Not closed but let go of: whoever was cut while reading elements still looks into it.
        self.__dict__.pop("_data", None)


def _made(read: Callable[[bytes], Compared | None], raw: bytes, source: str) -> Compared:
    try:
        made = read(raw)
    except DecodeError as error:
        raise BadInput(f"{source}: not JSON: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadInput(f"{source}: no envelope, though it looks like one.") from None
    if made is None:
        raise BadInput(
            f"{source}: no id. Items are compared by `item_id` or `id`, a text or an integer; in a "
            "file with one object, by the names of its members."
        )
    return made


def _envelope(raw: bytes) -> Compared:
    return of_envelope(decode(raw))


def _record(raw: bytes) -> Compared | None:
    return of_record(parse_exact(raw))


def _member(raw: bytes) -> Compared | None:
    found = _MEMBER.match(raw)
    if found is None:
        return None
    item_id: Any = parse_exact(found[1])
    return of_member(item_id, parse_exact(raw[found.end() :].strip(SPACE))) if item_id else None


def _stripped(line: bytes) -> bytes:
    return line.removeprefix(BOM).strip(SPACE)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> BadInput:
    return BadInput(f"{path}: {error.strerror or error}.")
