"""A cursor in a text: where it stands, and what was noted on the way."""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from validation.finding import Finding, excerpt, finding, step
from validation.grammar import ARITHMETIC, COMMENT, ELISION, SPACE, hint_at

_MAX_FINDINGS = 50


class Edit(NamedTuple):
    """One lossless repair: text[start:end] becomes the replacement."""

    start: int
    end: int
    replacement: str
    repair: str


class Unreadable(Exception):
    """The rest of the text makes no sense; what there is to say of it is noted."""


class Frame:
    """An open object or array."""

    __slots__ = ("closer", "names", "place")

    def __init__(self, closer: str) -> None:
        self.closer = closer
        self.place: str | int = 0 if closer == "]" else ""
        self.names: set[str] = set()


class Cursor:
    """Goes forward over white space and comments, and notes edits and findings with their path."""

    def __init__(self, text: str, max_depth: int) -> None:
        self.text = text
        self.max_depth = max_depth
        self.at = 0
        self.frames: list[Frame] = []
        self.edits: list[Edit] = []
        self.findings: list[Finding] = []
        self.position = -1
        self.comma = -1
        self.after_number = False

    def _skip(self) -> None:
        """Go over white space, taking comments off."""
        while True:
            space = SPACE.match(self.text, self.at)
            self.at = space.end() if space else self.at
            comment = COMMENT.match(self.text, self.at)
            if comment is None:
                return
            if ELISION.search(comment[0]):
                message = f"a comment stands for left-out data: {excerpt(comment[0])}"
                self._stop("decode.elision", message)
            if self.after_number and ARITHMETIC.match(comment[0]):
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
            raise Unreadable

    def _stop(self, rule: str, message: str) -> NoReturn:
        self._note(rule, message, self.at)
        raise Unreadable

    def _unexpected(self, wanted: str) -> NoReturn:
        if self.text.startswith("...", self.at) or self.text[self.at] == "…":
            self._stop("decode.elision", f"an ellipsis at {self._where()} stands for left-out data")
        hint = hint_at(self.text, self.at)
        seen = excerpt(self.text[self.at : self.at + 20])
        self._stop("decode.syntax", f"{wanted} is wanted at {self._where()}, not {seen}{hint}")

    def _ends_early(self) -> NoReturn:
        if not self.text.strip():
            self._stop("decode.empty", "the text is empty")
        closers = "".join(frame.closer for frame in reversed(self.frames[-10:]))
        message = f"the text ends before it is closed by {closers}" if closers else "the text ends"
        self._stop("decode.truncated", message)

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
