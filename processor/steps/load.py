"""load: find the input files and read their items, one in memory at a time."""

from __future__ import annotations

import fnmatch
import glob
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite
from mmap import ACCESS_READ, ALLOCATIONGRANULARITY, mmap
from pathlib import Path
from typing import Any

from processor.core.item import Item, item_id
from processor.core.json_array import BrokenArray, array_elements
from processor.core.json_bytes import encode
from processor.errors import BadInput
from validation import DecodeError, parse_exact

if sys.platform != "win32":
    from mmap import MADV_DONTNEED

_WHOLE = frozenset({".json"})
_LINES = frozenset({".jsonl", ".ndjson"})
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_SPACE = b" \t\r\n"
# An item is held in memory whole. The largest context window is 1,048,576 tokens (models.toml): what is
# larger than this, 64 bytes for each of them, no model reads, so it is refused before it is read.
LARGEST_ITEM_BYTES = 64 * 1_048_576
_PEEK_BYTES = 4096
_RELEASED_BYTES = 64 * ALLOCATIONGRANULARITY  # let go of at a time


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


def find(inputs: Sequence[str], exclude: Sequence[str]) -> Found:
    """The files that ``inputs`` (files, folders, globs) name; a file given twice counts once.

    ``exclude`` applies to the names found in folders and by globs, not to a file named itself.

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
        for candidate in _expand(given, path):
            if candidate.suffix.lower() not in _WHOLE | _LINES or candidate.name.startswith("."):
                ignored += 1
            elif any(fnmatch.fnmatch(candidate.name, pattern) for pattern in exclude):
                excluded[candidate.name] = None
            else:
                files[candidate] = None
    if not files:
        raise BadInput(
            f"No items: {', '.join(inputs)} holds no .json or .jsonl file"
            + (f" besides the excluded {', '.join(excluded)}." if excluded else ".")
        )
    return Found(files=tuple(files), excluded=tuple(excluded), ignored=ignored)


def load(files: Iterable[Path], *, id_field: str | None) -> Iterator[Item]:
    """The items of ``files``, in order.

    Raises:
        BadInput: a file or an item cannot be used; the message names it.
    """
    for path in files:
        try:
            if path.suffix.lower() in _LINES:
                yield from _lines(path, id_field)
            else:
                yield from _document(path, id_field)
        except OSError as error:
            raise BadInput(f"{path}: cannot be read: {error.strerror or error}.") from None


def load_values(values: Iterable[Mapping[str, Any]], *, id_field: str | None) -> Iterator[Item]:
    """The items that a Python program hands over.

    Raises:
        BadInput: one is no mapping, has no id, or is no JSON.
    """
    for number, value in enumerate(values, 1):
        source = f"item {number}"
        if not isinstance(value, Mapping):
            raise BadInput(f"{source} is a {type(value).__name__}; an item is a mapping.")
        try:
            raw = encode(dict(value))
        except (TypeError, ValueError) as error:
            raise BadInput(f"{source} is no JSON: {error}.") from None
        if b"null" in raw and _holds_what_json_lacks(value):
            raise BadInput(f"{source} is no JSON: it holds NaN or an infinite number.")
        yield _item(raw, source, id_field, None)


def _holds_what_json_lacks(value: Any) -> bool:
    """Whether a number in ``value`` is none: the encoder writes null for it, which is another value."""
    match value:
        case float():
            return not isfinite(value)
        case Mapping():
            return any(map(_holds_what_json_lacks, value.values()))
        case list() | tuple():
            return any(map(_holds_what_json_lacks, value))
        case _:
            return False


def _expand(given: str, path: Path) -> list[Path]:
    if path.is_dir():
        try:
            return sorted(entry for entry in path.iterdir() if _is_meant(entry))
        except OSError as error:
            raise BadInput(f"{path}: cannot be read: {error.strerror or error}.") from None
    matches = sorted(Path(match) for match in glob.glob(given, recursive=True))  # noqa: PTH207
    if not matches:
        raise BadInput(f"{given}: there is no such file or folder.")
    return [match for match in matches if _is_meant(match)]


def _is_meant(path: Path) -> bool:
    """Whether it is a file, or a link that should lead to one: reading that says what is wrong."""
    return path.is_file() or (path.is_symlink() and not path.exists())


def _lines(path: Path, id_field: str | None) -> Iterator[Item]:
    some = False
    with path.open("rb") as file:
        lines = iter(partial(file.readline, LARGEST_ITEM_BYTES + 1), b"")
        for number, line in enumerate(lines, 1):
            _check_size(len(line), f"{path}, line {number}")
            raw = line.removeprefix(_BOM).strip(_SPACE) if number == 1 else line.strip(_SPACE)
            if raw:
                some = True
                yield _item(raw, f"{path}, line {number}", id_field, None)
    if not some:
        raise BadInput(f"{path} is empty: there is no item in it.")


def _document(path: Path, id_field: str | None) -> Iterator[Item]:
    with path.open("rb") as file:
        head = file.read(_PEEK_BYTES)
        if not head.strip(_BOM + _SPACE):
            raise BadInput(f"{path} is empty.")
        if head.startswith(_UTF16):
            raise BadInput(f"{path} is UTF-16; JSON is UTF-8. Save it as UTF-8.")
        if head.removeprefix(_BOM).lstrip(_SPACE).startswith(b"["):
            yield from _array(path, id_field)
            return
        _check_size(path.stat().st_size, str(path))
        raw = (head + file.read()).removeprefix(_BOM).strip(_SPACE)
        yield _item(raw, str(path), id_field, path.stem)


def _array(path: Path, id_field: str | None) -> Iterator[Item]:
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        number = released = 0
        try:
            for begin, end in array_elements(data, data.find(b"[")):
                number += 1
                released = _release(data, released, begin)
                source = f"{path}, element {number}"
                _check_size(end - begin, source)
                yield _item(data[begin:end].strip(_SPACE), source, id_field, None)
        except BrokenArray as error:
            line = data[: error.offset].count(b"\n") + 1
            raise BadInput(f"{path}, line {line}: not JSON: {error}.") from None
        if number == 0:
            raise BadInput(f"{path} is an empty array: there is no item in it.")


def _release(data: mmap, released: int, read: int) -> int:
    """Let the system take back what was read, so that memory does not grow with the file.

    Returns:
        Up to where it was let go of; what is looked at again is read from the file again.
    """
    length = (read - released) // _RELEASED_BYTES * _RELEASED_BYTES
    if length and sys.platform != "win32":  # there, the system trims by itself
        data.madvise(MADV_DONTNEED, released, length)
    return released + length


def _check_size(size: int, source: str) -> None:
    if size > LARGEST_ITEM_BYTES:
        raise BadInput(
            f"{source}: one item of more than {LARGEST_ITEM_BYTES:,} bytes is larger than what any "
            "model reads. Cut it into items: the elements of a JSON array, or JSON lines."
        )


def _item(raw: bytes, source: str, id_field: str | None, file_stem: str | None) -> Item:
    try:
        value = parse_exact(raw)
    except DecodeError as error:
        raise BadInput(f"{source}: not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadInput(
            f"{source}: a {_json_type(value)} stands where an item should; an item is an object."
        )
    if not value:
        raise BadInput(f"{source}: an empty object is no item.")
    return Item(
        item_id(value, id_field=id_field, file_stem=file_stem, source=source), value, source, raw
    )


def _json_type(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case list():
            return "list"
        case _:
            return "number"
