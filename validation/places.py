"""Places in an answer: dotted paths such as `studies[].name`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from validation.finding import step

ELEMENTS = "[]"
Place: TypeAlias = tuple[str, ...]  # names, and "[]" for every element of an array

_SEGMENT = re.compile(r"(?P<name>[^.\[\]]+)?(?P<arrays>(?:\[\])*)")


def read_place(text: str) -> Place:
    """Read `a.b[].c`, or `[].c` where the root is an array.

    Raises:
        ValueError: the text is no such path.
    """
    parts: list[str] = []
    for number, segment in enumerate(text.split(".")):
        match = _SEGMENT.fullmatch(segment)
        name = (match["name"] or "").strip() if match else ""
        if match is None or (not name and (number or not match["arrays"])):
            raise ValueError(f'"{text}" is no path; write it like studies[].name')
        parts += [name] if name else []
        parts += [ELEMENTS] * (len(match["arrays"]) // 2)
    return tuple(parts)


def write_place(place: Place) -> str:
    """Return the text of a place, `a.b[].c`."""
    text = ""
    for part in place:
        text += part if part == ELEMENTS else f".{part}" if text else part
    return text


def values_at(value: object, place: Place, path: str = "$") -> Iterator[tuple[str, object]]:
    """Yield the JSON path and the value of everything that stands at a place, in order."""
    if not place:
        yield path, value
    elif place[0] == ELEMENTS:
        if isinstance(value, list):
            for index, one in enumerate(value):
                yield from values_at(one, place[1:], step(path, index))
    elif isinstance(value, dict) and place[0] in value:
        yield from values_at(value[place[0]], place[1:], step(path, place[0]))


def stands_at(value: object, place: Place) -> bool:
    """Whether anything but null stands at a place: `values_at` without the paths."""
    for depth, part in enumerate(place):
        if part == ELEMENTS:
            inner = place[depth + 1 :]
            return isinstance(value, list) and any(stands_at(one, inner) for one in value)
        if type(value) is not dict:
            return False
        value = value.get(part)
    return value is not None


def gaps_at(value: object, place: Place, path: str = "$") -> Iterator[str]:
    """Yield the JSON path of everything that should stand at a place, and is absent or null.

    An array without elements lacks nothing in them.
    """
    if value is None:
        yield path
    elif not place:
        return
    elif place[0] == ELEMENTS:
        if not isinstance(value, list):
            yield path
            return
        for index, one in enumerate(value):
            yield from gaps_at(one, place[1:], step(path, index))
    else:
        inner = value.get(place[0]) if isinstance(value, dict) else None
        yield from gaps_at(inner, place[1:], step(path, place[0]))


def same(one: object, other: object) -> bool:
    """Whether two JSON values are the same: 1, 1.0 and true differ, member order does not."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return repr(one) == repr(other)
    return one == other
