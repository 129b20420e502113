"""The commands of the README, as a reader would type them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PROGRAM = "truebatch"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One command line.

    Attributes:
        words: after the program's name, as a shell would part them; globs are as they stand.
        into: the file that its output goes to.
    """

    text: str
    words: tuple[str, ...]
    into: str | None

    @property
    def command(self) -> str:
        return self.words[0]


def section(heading: str) -> str:
    """What stands below a heading, up to the next of its rank."""
    parts = re.split(r"^## ", README, flags=re.MULTILINE)
    (found,) = [part for part in parts if part.splitlines()[0] == heading]
    return found


def sections() -> list[str]:
    """The headings below which commands of ours stand."""
    headings = re.findall(r"^## (.+)$", README, re.MULTILINE)
    return [heading for heading in headings if lines(heading)]


def lines(heading: str) -> list[Line]:
    """The commands of ours in a section, in order."""
    texts = [text for block in _BLOCK.findall(section(heading)) for text in block.splitlines()]
    return [_line(text) for text in texts if text.startswith(f"{_PROGRAM} ")]


def _line(text: str) -> Line:
    words = shlex.split(text, comments=True)
    into = None
    if ">" in words:
        at = words.index(">")
        words, into = words[:at], words[at + 1]
    return Line(text=text, words=tuple(words[1:]), into=into)
