"""The elements of a large JSON array, found without decoding it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from mmap import mmap

# Strings are passed over whole; the rest of the structure is single bytes. Possessive: no backtracking.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},]|"', re.DOTALL)
_SPACE = b" \t\r\n"


class BrokenArray(ValueError):
    """The bytes are no JSON array; ``offset`` says where that shows."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def array_elements(data: bytes | mmap, start: int = 0) -> Iterator[tuple[int, int]]:
    """The spans ``(begin, end)`` of the elements of the array that begins at ``start``.

    Elements are not checked: whoever decodes one finds what is wrong in it. Law: the slices, decoded,
    are the elements of the decoded array, in order (tests/processor/core/test_json_array.py).

    Raises:
        BrokenArray: it ends early, or something follows it.
    """
    depth = 0
    begin = start + 1
    some = False
    for match in _TOKEN.finditer(data, start):
        token = match.group()
        if token in (b"[", b"{"):
            depth += 1
        elif token in (b"]", b"}"):
            depth -= 1
            if depth == 0:
                last = data[begin : match.start()].strip(_SPACE)
                if last or some:
                    yield begin, match.start()
                _check_end(data, match.end())
                return
        elif token == b"," and depth == 1:
            some = True
            yield begin, match.start()
            begin = match.end()
        elif token == b'"':
            break  # a quotation mark without its partner: the file is cut inside a string
    raise BrokenArray(
        "the array has no end: the file is cut short or a bracket is missing", len(data)
    )


def _check_end(data: bytes | mmap, end: int) -> None:
    rest = data[end:].lstrip(_SPACE)
    if rest:
        raise BrokenArray("something follows the array's end", len(data) - len(rest))
