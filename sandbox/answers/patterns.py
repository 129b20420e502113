"""Text that matches a simple regular expression."""

import re
from dataclasses import dataclass

from sandbox.answers.draw import Draw

_MORE = 4
_CLASSES = {
    "d": "0123456789",
    "w": "abcdefghijklmnopqrstuvwxyz0123456789_",
    "s": " ",
    "D": "abcxyz-",
    "W": "-. ",
    "S": "abcxyz019",
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F))
_ANY = "abcdefghijklmnopqrstuvwxyz0123456789"


class Unsupported(ValueError):
    """A construct that cannot be played backwards here: look-around, back references."""


def sample(pattern: str, draw: Draw, path: str) -> str:
    """A text in which `pattern` is found (as JSON Schema asks: anywhere, unless anchored).

    Raises
    ------
    Unsupported: the pattern has a construct that is not known.
    """
    reader = _Reader(pattern=pattern, draw=draw, path=path)
    text = reader.alternatives()
    if reader.place < len(pattern):
        raise Unsupported(f"unbalanced bracket in {pattern!r}")
    return text


def matches(pattern: str, text: str) -> bool:
    """Whether `pattern` is found in `text`; false for a pattern that cannot be compiled."""
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Reads a pattern once and writes a text as it goes; what is not chosen is read as well."""

    pattern: str
    draw: Draw
    path: str
    place: int = 0
    turn: int = 0

    def alternatives(self) -> str:
        options = [self._sequence()]
        while self._peek() == "|":
            self.place += 1
            options.append(self._sequence())
        return options[self._number(len(options))]

    def _sequence(self) -> str:
        pieces: list[str] = []
        while (sign := self._peek()) not in ("", "|", ")"):
            start = self.place
            atom = self._atom(sign)
            low, high = self._quantifier()
            times = low + self._number(min(high, low + _MORE) - low + 1)
            if times == 0:
                continue
            pieces.append(atom)
            after = self.place
            for _ in range(times - 1):
                # Read the atom again, so that repeated classes differ.
                self.place = start
                pieces.append(self._atom(self._peek()))
            self.place = after
        return "".join(pieces)

    def _atom(self, sign: str) -> str:
        self.place += 1
        match sign:
            case "^" | "$":
                return ""
            case ".":
                return _ANY[self._number(len(_ANY))]
            case "(":
                return self._group()
            case "[":
                return self._class()
            case "\\":
                return self._escape()
            case "*" | "+" | "?":
                raise Unsupported("nothing to repeat")
            case _:
                return sign

    def _group(self) -> str:
        if self.pattern.startswith("?", self.place):
            found = re.compile(r"\?(?::|P?<[A-Za-z_]\w*>)").match(self.pattern, self.place)
            if found is None:
                raise Unsupported("look-around or flags")
            self.place = found.end()
        text = self.alternatives()
        if self._peek() != ")":
            raise Unsupported("unbalanced bracket")
        self.place += 1
        return text

    def _escape(self) -> str:
        sign = self._peek()
        self.place += 1
        if sign in _CLASSES:
            letters = _CLASSES[sign]
            return letters[self._number(len(letters))]
        if sign in ("b", "B"):
            return ""
        if sign == "u" or sign == "x":
            return self._code(4 if sign == "u" else 2)
        if sign in ("p", "P", "k") or (sign.isdecimal() and sign != "0"):
            raise Unsupported(f"\\{sign}")
        return _ESCAPES.get(sign, sign)

    def _code(self, digits: int) -> str:
        text = self.pattern[self.place : self.place + digits]
        self.place += digits
        try:
            return chr(int(text, 16))
        except ValueError:
            raise Unsupported(f"\\u{text}") from None

    def _class(self) -> str:
        # The end of the class is where re.compile would see it: a leading ] is a member.
        end = re.compile(r"\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL).match(self.pattern, self.place)
        if end is None:
            raise Unsupported("unbalanced class")
        text = f"[{end.group()}"
        self.place = end.end()
        try:
            known = re.compile(text)
        except re.error:
            raise Unsupported(text) from None
        members = [letter for letter in _PRINTABLE if known.match(letter)]
        preferred = [letter for letter in members if letter.isalnum()] or members
        if not preferred:
            members = [chr(code) for code in range(0x3000) if known.match(chr(code))]
            preferred = members
        if not preferred:
            raise Unsupported(text)
        return preferred[self._number(len(preferred))]

    def _quantifier(self) -> tuple[int, int]:
        found = re.compile(r"(?:(\*)|(\+)|(\?)|\{(\d+)(,?)(\d*)\})[?+]?").match(
            self.pattern, self.place
        )
        if found is None:
            return 1, 1
        self.place = found.end()
        if found[4] is not None:
            low = int(found[4])
            return low, int(found[6]) if found[6] else (1 << 30 if found[5] else low)
        return (0 if found[1] or found[3] else 1), (1 if found[3] else 1 << 30)

    def _peek(self) -> str:
        return self.pattern[self.place : self.place + 1]

    def _number(self, below: int) -> int:
        self.turn += 1
        return self.draw.number(f"{self.path}~{self.turn}") % max(below, 1)
