"""A reader of almost-JSON that says where it is wrong, or how it can be repaired without loss."""

from __future__ import annotations

import contextlib
from typing import Literal, NamedTuple, NoReturn

from validation.cursor import Edit, Frame, Unreadable
from validation.finding import Finding, excerpt
from validation.grammar import name_of
from validation.scalar import ScalarReader


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
    with contextlib.suppress(Unreadable):
        scanner.read()
    edits = tuple(sorted(scanner.edits))  # a trailing comma is known for one after its comment
    return Scanned(edits, tuple(scanner.findings), scanner.position)


_Expect = Literal["value", "first element", "element", "first name", "name", "after"]


class _Scanner(ScalarReader):
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
        self._scalar(mark)
        return "after"

    def _open(self, mark: str) -> _Expect:
        if len(self.frames) >= self.max_depth:
            self._stop("decode.too_deep", f"more than {self.max_depth} levels")
        self.at += 1
        self.frames.append(Frame("}" if mark == "{" else "]"))
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
        name = name_of(self.text[start : self.at])
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

    def _trails(self) -> NoReturn:
        rest = self.text[self.at :]
        if rest[0] in "}]":
            self._stop("decode.wrong_close", f"{rest[0]} at {self._where()} closes nothing")
        if rest[0] in "{[" or (rest[0] == "," and rest[1:].lstrip()[:1] in ("{", "[")):
            message = f"a second value follows at {self._where()}; which one counts is not known"
            self._stop("decode.second_value", message)
        message = f"text follows the JSON at {self._where()}: {excerpt(rest)}"
        self._stop("decode.trailing_text", message)
