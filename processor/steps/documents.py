"""JSON documents: one object, an array read element by element, or an object on each line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from mmap import ACCESS_READ, ALLOCATIONGRANULARITY, mmap
from tempfile import TemporaryFile
from typing import BinaryIO

from processor.core.item import Item
from processor.core.json_array import BrokenArray, array_elements
from processor.errors import BadInput
from processor.steps.input_file import Format, InputFile
from processor.steps.record import (
    BOM,
    LARGEST_ITEM_BYTES,
    SPACE,
    check_encoding,
    check_size,
    item_of_bytes,
)
from validation import DecodeError, parse_exact

if sys.platform != "win32":
    from mmap import MADV_DONTNEED

# What a packed array may unpack to. A project's files on the service may have 20 GB together: what is
# larger could not be uploaded. Source: https://ai.google.dev/gemini-api/docs/files, read 2026-11-21.
MOST_UNPACKED_BYTES = 20 * 1024**3
_PEEK_BYTES = 64 * 1024
_BLOCK_BYTES = 1024 * 1024
_RELEASED_BYTES = 64 * ALLOCATIONGRANULARITY  # let go of at a time


def lines(file: InputFile, id_field: str | None) -> Iterator[Item]:
    """An item on each line that is not blank."""
    some = False
    with file.open(_BLOCK_BYTES) as stream:
        read = iter(partial(stream.readline, LARGEST_ITEM_BYTES + 1), b"")
        for number, line in enumerate(read, 1):
            source = f"{file.name}, line {number}"
            check_size(len(line), source)
            raw = line.removeprefix(BOM).strip(SPACE) if number == 1 else line.strip(SPACE)
            if raw:
                some = True
                yield item_of_bytes(raw, source, id_field, None)
    if not some:
        raise BadInput(f"{file.name} is empty: there is no item in it.")


def document(file: InputFile, id_field: str | None) -> Iterator[Item]:
    """One item, or the elements of an array."""
    with file.open() as stream:
        head = stream.read(_PEEK_BYTES)
        if not head.strip(BOM + SPACE):
            head += stream.read(LARGEST_ITEM_BYTES)
        if not head.strip(BOM + SPACE):
            raise BadInput(f"{file.name} is empty.")
        check_encoding(head, file.name, "JSON")
        if head.removeprefix(BOM).lstrip(SPACE).startswith(b"["):
            stream.close()
            yield from _array(file, id_field)
            return
        whole = head if len(head) < _PEEK_BYTES else head + _rest(file, stream, len(head))
        check_size(len(whole), file.name)
        stem = None if file.format is Format.STDIN else file.stem
        yield item_of_bytes(whole.removeprefix(BOM).strip(SPACE), file.name, id_field, stem)


def _rest(file: InputFile, stream: BinaryIO, read: int) -> bytes:
    """What follows of a document, unless it is too large to be held."""
    if file.packed:
        return stream.read(max(0, LARGEST_ITEM_BYTES + 1 - read))
    check_size(file.path.stat().st_size, file.name)
    return stream.read()


def document_or_lines(file: InputFile, id_field: str | None) -> Iterator[Item]:
    """What a stream without a name holds: lines, when its first line is a whole object by itself."""
    return (lines if _begins_with_object(file) else document)(file, id_field)


def _begins_with_object(file: InputFile) -> bool:
    with file.open() as stream:
        line = stream.readline(LARGEST_ITEM_BYTES).removeprefix(BOM)
        while line and not line.strip(SPACE):
            line = stream.readline(LARGEST_ITEM_BYTES)
    try:
        return isinstance(parse_exact(line.strip(SPACE)), dict)
    except DecodeError:
        return False


def _array(file: InputFile, id_field: str | None) -> Iterator[Item]:
    with (
        _on_disk(file) as stream,
        mmap(stream.fileno(), 0, access=ACCESS_READ) as data,
    ):
        number = released = 0
        try:
            for begin, end in array_elements(data, data.find(b"[")):
                number += 1
                released = _release(data, released, begin)
                source = f"{file.name}, element {number}"
                check_size(end - begin, source)
                yield item_of_bytes(data[begin:end].strip(SPACE), source, id_field, None)
        except BrokenArray as error:
            line = data[: error.offset].count(b"\n") + 1
            raise BadInput(f"{file.name}, line {line}: not JSON: {error}.") from None
        if number == 0:
            raise BadInput(f"{file.name} is an empty array: there is no item in it.")


def _on_disk(file: InputFile) -> AbstractContextManager[BinaryIO]:
    return unpacked(file) if file.packed else file.path.open("rb")


def unpacked(
    file: InputFile, *, most_bytes: int = MOST_UNPACKED_BYTES
) -> AbstractContextManager[BinaryIO]:
    """What a packed file holds, in a file without a name that is gone when it is closed.

    It stands where the system keeps temporary files ($TMPDIR).

    Raises:
        BadInput: it unpacks to more than ``most_bytes``.
    """
    target = TemporaryFile(prefix="truebatch-")  # noqa: SIM115 - whoever asked for it closes it
    try:
        with file.open() as stream:
            while block := stream.read(_BLOCK_BYTES):
                if target.tell() + len(block) > most_bytes:
                    raise BadInput(f"{file.name}: unpacks to more than {most_bytes:,} bytes.")
                target.write(block)
        target.flush()
    except BaseException:
        target.close()
        raise
    return target


def _release(data: mmap, released: int, read: int) -> int:
    """Let the system take back what was read, so that memory does not grow with the file.

    Returns:
        Up to where it was let go of; what is looked at again is read from the file again.
    """
    length = (read - released) // _RELEASED_BYTES * _RELEASED_BYTES
    if length and sys.platform != "win32":  # there, the system trims by itself
        data.madvise(MADV_DONTNEED, released, length)
    return released + length
