"""Lines of a text file, found by the place of a value in it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

_HEADING = re.compile(r"\s*\[\[?\s*([\w.\- ]+?)\s*\]\]?\s*(#.*)?$")
_ASSIGNMENT = re.compile(r"\s*([\w.\-]+|\"[^\"]*\")\s*=")
_SPACE = re.compile(r"[ \t\r\n]*")


def toml_line(text: str, path: Sequence[str], *, which: int = 1) -> int | None:
    """The line where ``path`` is written, or the longest beginning of it that is; None without any.

    Args:
        which: of a table of an array, `[[relation]]`, the first, the second, …
    """
    table: tuple[str, ...] = ()
    best, found, times = 0, None, 0
    for number, line in enumerate(text.splitlines(), 1):
        if heading := _HEADING.match(line):
            table = here = tuple(part.strip() for part in heading[1].split("."))
            times += here == tuple(path)
        elif assignment := _ASSIGNMENT.match(line):
            here = (*table, *assignment[1].strip('"').split("."))
        else:
            continue
        again = here == tuple(path) and 1 < times <= which
        if here == tuple(path[: len(here)]) and (len(here) > best or again):
            best, found = len(here), number
    return found


def json_line(text: str, path: Sequence[str | int]) -> int:
    """The line where the value at ``path`` stands, or the innermost value around it, in valid JSON."""
    at = _after_space(text, 0)
    for part in path:
        inner = _member(text, at, part)
        if inner is None:
            break
        at = inner
    return text.count("\n", 0, at) + 1


def _member(text: str, at: int, part: str | int) -> int | None:
    """Where a member's value begins; None when there is no such member."""
    decoder, opening, position = json.JSONDecoder(), text[at], 0
    if opening not in "{[":
        return None
    at = _after_space(text, at + 1)
    while text[at] not in "}]":
        name: str | int = position
        if opening == "{":
            name, at = decoder.raw_decode(text, at)
            at = _after_space(text, _after_space(text, at) + 1)  # the colon
        if name == part:
            return at
        _, at = decoder.raw_decode(text, at)
        at = _after_space(text, at)
        at = _after_space(text, at + 1) if text[at] == "," else at
        position += 1
    return None


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
