"""Where in a raw text the thing stands that a finding speaks of."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from validation.decode import DecodeError, decode
from validation.enclosure import unwrap_text

Steps: TypeAlias = tuple[str | int, ...]

_STEP = re.compile(r'\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]|\[("(?:[^"\\]|\\.)*")\]')
# Possessive where a hostile text could make it go back and forth.
_TOKEN = re.compile(
    r'(?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+"?)|(?P<mark>[{}\[\]:,])|(?P<word>[^\s"{}\[\]:,]++)',
    re.DOTALL,
)
_WORD = re.compile(r"\S{1,40}|.", re.DOTALL)
_UNWRAPPED = "unwrapped "
_END_CHARACTERS = 40
_MOST_STEPS = 64
_MOST_FINDINGS = 50


class Mark(NamedTuple):
    """A stretch of a text, in characters, and the findings (by number) that speak of it."""

    start: int
    end: int
    findings: tuple[int, ...]


def find_marks(envelope: Mapping[str, Any]) -> tuple[Mark, ...]:
    """The places of an envelope's findings in its raw text, in order, none over another.

    A finding about something absent marks what should hold it; one without any place marks nothing.
    """
    text = envelope["raw_text"]
    if not text:
        return ()
    findings = envelope["findings"][:_MOST_FINDINGS]
    ways = [_ways(finding, envelope) for finding in findings]
    wanted = {way[:length] for some in ways for way in some for length in range(1, len(way) + 1)}
    found = _spans(text, wanted) if wanted else {}
    spots: list[tuple[int, int, int]] = []
    for number, (finding, some) in enumerate(zip(findings, ways, strict=True)):
        span = _deepest(some, found) or _other_place(finding["rule"], text)
        if span is not None:
            spots.append((*span, number))
    return tuple(_merged(spots))


def read_path(path: str) -> Steps | None:
    """The steps of a JSON path such as ``$.a[0]["b c"]``; None when it is no such path."""
    if not path.startswith("$"):
        return None
    steps: list[str | int] = []
    at = 1
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None or len(steps) > _MOST_STEPS:
            return None
        name, index, quoted = match.groups()
        steps.append(int(index) if index else _name(quoted) if quoted else name)
        at = match.end()
    return tuple(steps)


def _ways(finding: Mapping[str, str], envelope: Mapping[str, Any]) -> tuple[Steps, ...]:
    """The steps to a finding's place in the raw text, which may use other names and a wrapper."""
    if finding["rule"].partition(".")[0] in ("envelope", "account", "job"):
        return ()
    steps = read_path(finding["path"])
    if not steps:
        return ()
    ways: list[Steps] = [()]
    place = ""
    for step in steps:
        if isinstance(step, int):
            place += "[]"
            ways = [(*way, step) for way in ways]
            continue
        place = f"{place}.{step}" if place else step
        used = envelope["variants"].get(place, "")
        names = [name.rpartition(".")[2] for name in used.split(", ") if name]
        # Of a value that was moved, `used` is the whole place it came from.
        moved: list[Steps] = [
            tuple(name.split(".")) for name in used.split(", ") if "." in name and "[]" not in place
        ]
        ways = [(*way, name) for way in ways[:4] for name in (*names, step)] + moved
    wrappers = [r.removeprefix(_UNWRAPPED) for r in envelope["repairs"] if r.startswith(_UNWRAPPED)]
    prefix: Steps = tuple(0 if name == "[]" else name for name in wrappers)
    return tuple((*prefix, *way) for way in ways)


def _deepest(
    ways: Sequence[Steps], found: Mapping[Steps, tuple[int, int]]
) -> tuple[int, int] | None:
    prefixes = (way[:length] for way in ways for length in range(1, len(way) + 1))
    best = max((prefix for prefix in prefixes if prefix in found), key=len, default=None)
    return None if best is None else found[best]


def _spans(text: str, wanted: Collection[Steps]) -> dict[Steps, tuple[int, int]]:
    """Where the wanted places stand, as far as the text can be read; of two alike, the last.

    A member's place begins at its name; of an object or array it ends behind the bracket.
    """
    found: dict[Steps, tuple[int, int]] = {}
    steps: list[str | int] = []
    closers: list[str] = []
    begin: int | None = None  # of the member's name, once it was read
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word in ("}", "]"):
            if closers:
                closers.pop()
                steps.pop()
            begin = None
        elif word == ",":
            begin = None
            if closers and closers[-1] == "]":
                steps[-1] = int(steps[-1]) + 1
        elif word == ":":
            continue
        elif closers and closers[-1] == "}" and begin is None:
            begin = token.start()
            steps[-1] = _name(word)
        else:
            if tuple(steps) in wanted:
                found[tuple(steps)] = (token.start() if begin is None else begin, token.end())
            if word in ("{", "["):
                closers.append("}" if word == "{" else "]")
                steps.append("" if word == "{" else 0)
                begin = None
    return found


def _name(word: str) -> str:
    try:
        return str(json.loads(word))
    except ValueError:
        return word.strip("\"'")


def _other_place(rule: str, text: str) -> tuple[int, int] | None:
    """The place of a finding that has no path into the text: where it broke, or was cut."""
    if rule in ("envelope.truncated", "envelope.continuation", "decode.truncated"):
        return max(0, len(text) - _END_CHARACTERS), len(text)
    if not rule.startswith("decode."):
        return None
    try:
        decode(text)
    except DecodeError as error:
        if error.position >= 0:
            match = _WORD.match(text, error.position + text.find(unwrap_text(text).text))
            return match.span() if match else None
    return None


def _merged(spots: list[tuple[int, int, int]]) -> Iterator[Mark]:
    start = end = -1
    numbers: list[int] = []
    for one_start, one_end, number in sorted(spots):
        if numbers and one_start < end:
            end = max(end, one_end)
            numbers.append(number)
            continue
        if numbers:
            yield Mark(start, end, tuple(numbers))
        start, end, numbers = one_start, one_end, [number]
    if numbers:
        yield Mark(start, end, tuple(numbers))
