"""A reader of almost-JSON that says where it is wrong, or how it can be repaired without loss."""

from __future__ import annotations

import contextlib
import json
import math
import re
from typing import Literal, NamedTuple, NoReturn

from validation.finding import Finding, excerpt, finding, step

MAX_DIGITS = 4300  # what int() reads by default since Python 3.11; no answer needs more
_MAX_FINDINGS = 50

_SPACE = re.compile(r"[ \t\n\r]*")
_COMMENT = re.compile(r"//[^\n\r]*|/\*.*?\*/", re.DOTALL)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NUMBER_START = re.compile(r"[+-]?\.?[0-9]")
_AFTER_NUMBER = frozenset(("", " ", "\t", "\n", "\r", ",", "]", "}"))
_CUT_NUMBER = re.compile(r"-|\.|\.?[0-9]*[eE][+-]?")
_LITERAL = re.compile(r"true|false|null")
_CUT_LITERAL = re.compile(r"t(?:r(?:u)?)?|f(?:a(?:l(?:s)?)?)?|n(?:u(?:l)?)?")
_NOT_A_NUMBER = re.compile(r"[+-]?(?:NaN|nan|Infinity|Inf|inf)\b")
_CHUNK = re.compile(r'[^"\\\x00-\x1f\ud800-\udfff]*')
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u([0-9a-fA-F]{4}))')
_LOW_SURROGATE = re.compile(r"\\u[dD][c-fC-F][0-9a-fA-F]{2}")
# A comment that stands for data the model left out: taking it off would accept a cut answer.
_ELISION = re.compile(
    r"\.\.\.|…|\b(?:omitted|elided|truncated|abbreviated|remaining|and so on|etc)\b", re.IGNORECASE
)
# `7 // 2` is a division to the model that wrote it; `7 // plots` is a comment.
_ARITHMETIC = re.compile(r"//\s*[-+(.0-9]")

_HINTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"'"), "JSON strings take double quotes"),
    (re.compile(r"[“”„‟«»]"), "typographic quotes are no JSON quotes"),
    (re.compile(r"(?:None|True|False)\b"), "that is Python's spelling, JSON's is lower case"),
    (re.compile(r"undefined\b"), "JSON has no undefined"),
    (re.compile(r"`"), "a back quote is no JSON"),
    (re.compile(r"#"), "JSON has no # comments"),
    (re.compile(r"[A-Za-z_$][\w$]*\s*:"), "a member's name must stand in double quotes"),
    (re.compile(r"[\s\u200b\ufeff]"), "white space that JSON does not know"),
)


class Edit(NamedTuple):
    """One lossless repair: text[start:end] becomes the replacement."""

    start: int
    end: int
    replacement: str
    repair: str


class Scanned(NamedTuple):
    """What a scan found: either faults, or the edits (maybe none) that make it strict JSON."""

    edits: tuple[Edit, ...]
    findings: tuple[Finding, ...]
    position: int  # of the first fault, in characters; -1: none


def scan(text: str, *, max_depth: int) -> Scanned:
    """Read the whole text, in time linear in its length and without recursion.

    Findings that leave the structure readable (a duplicate name, NaN) are all collected; the
    first that does not ends the scan.
    """
    scanner = _Scanner(text, max_depth)
    with contextlib.suppress(_Unreadable):
        scanner.read()
    edits = tuple(sorted(scanner.edits))  # a trailing comma is known for one after its comment
    return Scanned(edits, tuple(scanner.findings), scanner.position)


class _Unreadable(Exception):
    pass


_Expect = Literal["value", "first element", "element", "first name", "name", "after"]


class _Frame:
    """An open object or array."""

    __slots__ = ("closer", "names", "place")

    def __init__(self, closer: str) -> None:
        self.closer = closer
        self.place: str | int = 0 if closer == "]" else ""
        self.names: set[str] = set()


class _Scanner:
    def __init__(self, text: str, max_depth: int) -> None:
        self.text = text
        self.max_depth = max_depth
        self.at = 0
        self.frames: list[_Frame] = []
        self.edits: list[Edit] = []
        self.findings: list[Finding] = []
        self.position = -1
        self.comma = -1
        self.after_number = False

    def read(self) -> None:
        expect: _Expect = "value"
        while True:
            self._skip()
            if expect == "after" and not self.frames:
                break
            if self.at >= len(self.text):
                self._ends_early()
            expect = self._next(expect)
        if self.at < len(self.text):
            self._trails()

    def _next(self, expect: _Expect) -> _Expect:
        mark = self.text[self.at]
        if expect == "after":
            return self._after(mark)
        if expect in ("first name", "name"):
            return self._name(mark, first=expect == "first name")
        if mark == "]" and expect in ("first element", "element"):
            return self._close(mark, trailing_comma=expect == "element")
        return self._value(mark)

    def _value(self, mark: str) -> _Expect:
        if mark in "{[":
            return self._open(mark)
        self.after_number = False
        if mark == '"':
            self._string()
        elif self._matches(_NOT_A_NUMBER):
            self._not_a_number()
        elif self.text.startswith("...", self.at):
            self._unexpected("a value")
        elif self._matches(_NUMBER_START) or mark in "-+.":
            self._number()
        elif match := _LITERAL.match(self.text, self.at):
            self.at = match.end()
        else:
            self._no_value()
        return "after"

    def _open(self, mark: str) -> _Expect:
        if len(self.frames) >= self.max_depth:
            self._stop("decode.too_deep", f"more than {self.max_depth} levels")
        self.at += 1
        self.frames.append(_Frame("}" if mark == "{" else "]"))
        return "first name" if mark == "{" else "first element"

    def _close(self, mark: str, *, trailing_comma: bool) -> _Expect:
        if self.frames[-1].closer != mark:
            self._stop(
                "decode.wrong_close",
                f"{mark} at {self._where()} where {self.frames[-1].closer} must come first",
            )
        if trailing_comma:
            self._edit(self.comma, self.comma + 1, " ", "trailing_comma")
        self.at += 1
        self.after_number = False
        self.frames.pop()
        return "after"

    def _after(self, mark: str) -> _Expect:
        if mark in "}]":
            return self._close(mark, trailing_comma=False)
        if mark != ",":
            self._unexpected(f"a comma or {self.frames[-1].closer}")
        frame = self.frames[-1]
        self.after_number = False
        self.comma = self.at
        self.at += 1
        if isinstance(frame.place, int):
            frame.place += 1
            return "element"
        return "name"

    def _name(self, mark: str, *, first: bool) -> _Expect:
        if mark == "}":
            return self._close(mark, trailing_comma=not first)
        if mark != '"':
            self._unexpected("a member's name in double quotes")
        frame = self.frames[-1]
        start = self.at
        frame.place = ""
        self._string()
        name = _decoded(self.text[start : self.at])
        frame.place = name
        if name in frame.names:
            self._note("decode.duplicate_key", f"the member {excerpt(name)} is given twice", start)
        frame.names.add(name)
        self._skip()
        if self.at >= len(self.text):
            self._ends_early()
        if self.text[self.at] != ":":
            self._unexpected("a colon")
        self.at += 1
        self.after_number = False
        return "value"

    def _string(self) -> None:
        text = self.text
        start = self.at
        at = start + 1
        while True:
            match = _CHUNK.match(text, at)
            at = match.end() if match else at
            if at >= len(text):
                self.at = start
                self._stop(
                    "decode.truncated", f"the text ends inside the string of {self._where()}"
                )
            mark = text[at]
            if mark == '"':
                self.at = at + 1
                self.after_number = False
                return
            at = self._special(mark, at)

    def _special(self, mark: str, at: int) -> int:
        """Read an escape, a raw control character or a raw surrogate; return what follows it."""
        if mark == "\\":
            return self._escape(at)
        if mark < " ":
            self._edit(at, at + 1, json.dumps(mark)[1:-1], "control_character")
        else:
            self._note("decode.lone_surrogate", f"half a character, \\u{ord(mark):04x}", at)
        return at + 1

    def _escape(self, at: int) -> int:
        match = _ESCAPE.match(self.text, at)
        if match is None:
            if at + 6 > len(self.text) and '"' not in self.text[at + 2 :]:
                self._stop("decode.truncated", "the text ends inside an escape")
            self._note("decode.bad_escape", f"{excerpt(self.text[at : at + 2])} is no escape", at)
            return at + 2
        code = int(match[1], 16) if match[1] else 0
        if 0xD800 <= code < 0xDC00:
            pair = _LOW_SURROGATE.match(self.text, match.end())
            if pair is not None:
                return pair.end()
        if 0xD800 <= code < 0xE000:
            self._note("decode.lone_surrogate", f"half a character, {match[0]}", at)
        return match.end()

    def _number(self) -> None:
        match = _NUMBER.match(self.text, self.at)
        end = match.end() if match else self.at
        if match is None or self.text[end : end + 1] not in _AFTER_NUMBER:
            if _CUT_NUMBER.fullmatch(self.text, end):
                self._stop("decode.truncated", "the text ends inside a number")
            number = re.split(r"[\s,\]}]", self.text[self.at : self.at + 40], maxsplit=1)[0]
            self._stop("decode.bad_number", f"{excerpt(number)} is no JSON number")
        self._check_size(match)
        self.at = end
        self.after_number = True

    def _check_size(self, match: re.Match[str]) -> None:
        whole = match[2] is None and match[3] is None
        if whole and len(match[1]) > MAX_DIGITS:
            message = f"an integer of {len(match[1]):,} digits; {MAX_DIGITS:,} are kept exactly"
            self._note("decode.number_too_long", message, match.start())
        elif not whole and math.isinf(float(match[0])):
            message = f"{excerpt(match[0])} is beyond the largest double, 1.8e308"
            self._note("decode.number_overflow", message, match.start())

    def _not_a_number(self) -> None:
        match = _NOT_A_NUMBER.match(self.text, self.at)
        word = match[0] if match else ""
        self._note("decode.not_a_number", f"{word} is no JSON value", self.at)
        self.at += len(word)

    def _no_value(self) -> NoReturn:
        if _CUT_LITERAL.fullmatch(self.text, self.at):
            self._stop("decode.truncated", "the text ends inside a word")
        if self.frames:
            self._unexpected("a value")
        rest = self.text[self.at :]
        if "{" in rest or "[" in rest:
            message = f"text stands before the JSON: {excerpt(rest)}"
            self._stop("decode.text_before", message)
        self._stop("decode.no_json", f"there is no JSON in the text: {excerpt(rest)}")

    def _trails(self) -> NoReturn:
        rest = self.text[self.at :]
        if rest[0] in "}]":
            self._stop("decode.wrong_close", f"{rest[0]} at {self._where()} closes nothing")
        if rest[0] in "{[" or (rest[0] == "," and rest[1:].lstrip()[:1] in ("{", "[")):
            message = f"a second value follows at {self._where()}; which one counts is not known"
            self._stop("decode.second_value", message)
        message = f"text follows the JSON at {self._where()}: {excerpt(rest)}"
        self._stop("decode.trailing_text", message)

    def _ends_early(self) -> NoReturn:
        if not self.text.strip():
            self._stop("decode.empty", "the text is empty")
        closers = "".join(frame.closer for frame in reversed(self.frames[-10:]))
        message = f"the text ends before it is closed by {closers}" if closers else "the text ends"
        self._stop("decode.truncated", message)

    def _unexpected(self, wanted: str) -> NoReturn:
        if self.text.startswith("...", self.at) or self.text[self.at] == "…":
            self._stop("decode.elision", f"an ellipsis at {self._where()} stands for left-out data")
        hint = next((f"; {say}" for what, say in _HINTS if what.match(self.text, self.at)), "")
        seen = excerpt(self.text[self.at : self.at + 20])
        self._stop("decode.syntax", f"{wanted} is wanted at {self._where()}, not {seen}{hint}")

    def _skip(self) -> None:
        """Go over white space, taking comments off."""
        while True:
            space = _SPACE.match(self.text, self.at)
            self.at = space.end() if space else self.at
            comment = _COMMENT.match(self.text, self.at)
            if comment is None:
                return
            if _ELISION.search(comment[0]):
                message = f"a comment stands for left-out data: {excerpt(comment[0])}"
                self._stop("decode.elision", message)
            if self.after_number and _ARITHMETIC.match(comment[0]):
                message = f"{excerpt(comment[0])} after a number may be a division"
                self._stop("decode.bad_number", message)
            self._edit(comment.start(), comment.end(), " ", "comment")
            self.at = comment.end()

    def _matches(self, pattern: re.Pattern[str]) -> bool:
        return pattern.match(self.text, self.at) is not None

    def _edit(self, start: int, end: int, replacement: str, repair: str) -> None:
        self.edits.append(Edit(start, end, replacement, repair))

    def _note(self, rule: str, message: str, position: int) -> None:
        self.findings.append(finding(rule, self._path(), message))
        if self.position < 0:
            self.position = position
        if len(self.findings) >= _MAX_FINDINGS:
            raise _Unreadable

    def _stop(self, rule: str, message: str) -> NoReturn:
        self._note(rule, message, self.at)
        raise _Unreadable

    def _path(self) -> str:
        path = "$"
        for frame in self.frames:
            if frame.place != "":
                path = step(path, frame.place)
        return path

    def _where(self) -> str:
        before = self.text[: self.at]
        line = before.count("\n") + 1
        return f"line {line} column {self.at - (before.rfind(chr(10)) + 1) + 1}"


def _decoded(literal: str) -> str:
    try:
        name = json.loads(literal, strict=False)
    except json.JSONDecodeError:  # a bad escape, which has its own finding
        return literal
    return str(name)
