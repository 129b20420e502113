"""Whether words stand in a text, white space and hyphenation left aside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", None),
        "ﬀ": "ff",
        "ﬁ": "fi",
        "ﬂ": "fl",
        "ﬃ": "ffi",
        "ﬄ": "ffl",
    }
)
_HYPHENATION = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s+(?=\d)")
_SPACE = re.compile(r"[^\S\x1f]+")
_APART = "\x1f"  # stands for white space that must stay, and between texts


def plain_words(text: str) -> str:
    """Return the text without what typesetting adds.

    White space goes, but between two digits (`3 100` is no 3100); a hyphen between two letters
    goes, with the white space around it; quotes, dashes and ligatures take their plain form. Case
    and everything else stay, and so do signs and superscripts: they change what a number says.
    """
    text = _BETWEEN_DIGITS.sub(_APART, text.translate(_TYPOGRAPHY))
    # What stood apart may be one letter now: a letter with its accent, the parts of a syllable.
    text = unicodedata.normalize("NFC", _SPACE.sub("", text))
    return unicodedata.normalize("NFC", _HYPHENATION.sub("", text))


class Source:
    """The texts of an item, made ready once for any number of quotations."""

    __slots__ = ("_words",)

    def __init__(self, item: object) -> None:
        self._words = f"{_APART}{_APART}".join(map(plain_words, _texts(item)))

    def holds(self, quotation: str) -> bool:
        """Whether the quotation occurs in one of the texts; an empty one does not."""
        words = plain_words(quotation)
        return bool(words) and words in self._words


def _texts(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += reversed(one.values())
        elif isinstance(one, list | tuple):
            waiting += reversed(one)
