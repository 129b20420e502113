"""The scalars of almost-JSON, one at a time: strings, numbers and words."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from validation.cursor import Cursor
from validation.finding import excerpt
from validation.grammar import (
    AFTER_NUMBER,
    CHUNK,
    CUT_LITERAL,
    CUT_NUMBER,
    ESCAPE,
    LITERAL,
    LOW_SURROGATE,
    NOT_A_NUMBER,
    NUMBER,
    NUMBER_START,
    fault_of_number,
)


class ScalarReader(Cursor):
    """Reads the scalar that the cursor stands on."""

    def _scalar(self, mark: str) -> None:
        self.after_number = False
        if mark == '"':
            self._string()
        elif self._matches(NOT_A_NUMBER):
            self._not_a_number()
        elif self.text.startswith("...", self.at):
            self._unexpected("a value")
        elif self._matches(NUMBER_START) or mark in "-+.":
            self._number()
        elif match := LITERAL.match(self.text, self.at):
            self.at = match.end()
        else:
            self._no_value()

    def _string(self) -> None:
        text = self.text
        start = self.at
        at = start + 1
        while True:
            match = CHUNK.match(text, at)
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
        match = ESCAPE.match(self.text, at)
        if match is None:
            if at + 6 > len(self.text) and '"' not in self.text[at + 2 :]:
                self._stop("decode.truncated", "the text ends inside an escape")
            self._note("decode.bad_escape", f"{excerpt(self.text[at : at + 2])} is no escape", at)
            return at + 2
        code = int(match[1], 16) if match[1] else 0
        if 0xD800 <= code < 0xDC00:
            pair = LOW_SURROGATE.match(self.text, match.end())
            if pair is not None:
                return pair.end()
        if 0xD800 <= code < 0xE000:
            self._note("decode.lone_surrogate", f"half a character, {match[0]}", at)
        return match.end()

    def _number(self) -> None:
        match = NUMBER.match(self.text, self.at)
        end = match.end() if match else self.at
        if match is None or self.text[end : end + 1] not in AFTER_NUMBER:
            if CUT_NUMBER.fullmatch(self.text, end):
                self._stop("decode.truncated", "the text ends inside a number")
            number = re.split(r"[\s,\]}]", self.text[self.at : self.at + 40], maxsplit=1)[0]
            self._stop("decode.bad_number", f"{excerpt(number)} is no JSON number")
        if fault := fault_of_number(match):
            self._note(*fault, match.start())
        self.at = end
        self.after_number = True

    def _not_a_number(self) -> None:
        match = NOT_A_NUMBER.match(self.text, self.at)
        word = match[0] if match else ""
        self._note("decode.not_a_number", f"{word} is no JSON value", self.at)
        self.at += len(word)

    def _no_value(self) -> NoReturn:
        if CUT_LITERAL.fullmatch(self.text, self.at):
            self._stop("decode.truncated", "the text ends inside a word")
        if self.frames:
            self._unexpected("a value")
        rest = self.text[self.at :]
        if "{" in rest or "[" in rest:
            message = f"text stands before the JSON: {excerpt(rest)}"
            self._stop("decode.text_before", message)
        self._stop("decode.no_json", f"there is no JSON in the text: {excerpt(rest)}")
