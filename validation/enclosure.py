"""What may stand around the JSON of an answer: a BOM, white space, one code fence."""

from __future__ import annotations

import re
from typing import NamedTuple

# White space that JSON itself does not allow between its tokens.
_OUTER_SPACE = (
    " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\u200b"
    + "".join(map(chr, range(0x2000, 0x200B)))
)
FENCE = "```"
_JSON_SPACE = " \t\n\r"
# What may follow the opening mark: a word and the end of the line, or "json" and the JSON itself.
_FENCE_HEAD = re.compile(r"[ \t]*(?:[A-Za-z0-9_+.-]*[ \t]*\r?\n|(?:json|JSON)?(?=\s*[\[{]))")


class Enclosed(NamedTuple):
    """The text inside, and what was taken off by name."""

    text: str
    repairs: tuple[str, ...]


def unwrap_text(text: str) -> Enclosed:
    """Take off a BOM, outer white space and one fence that encloses everything.

    What is inside keeps every character, so it still says whether it is whole: a fence that does
    not close, or closes before the end, is left where it is, for the decoder to refuse.
    """
    inner, repairs = _strip(text)
    fenced = _inside_fence(inner)
    if fenced is None:
        return Enclosed(inner, repairs)
    inner, more = _strip(fenced)
    return Enclosed(inner, tuple(dict.fromkeys((*repairs, "code_fence", *more))))


def _strip(text: str) -> tuple[str, tuple[str, ...]]:
    repairs: list[str] = []
    without_mark = text.removeprefix("\ufeff")
    if without_mark != text:
        repairs.append("byte_order_mark")
    plain = without_mark.strip(_JSON_SPACE)
    stripped = plain.strip(_OUTER_SPACE)
    if stripped != plain:
        repairs.append("outer_white_space")
    return stripped, tuple(repairs)


def _inside_fence(text: str) -> str | None:
    """Return what one fence holds from the first character to the last; None: there is none.

    The closing mark is looked for at the end, so back quotes inside a JSON string do no harm. Each
    step reads the text once: a text of nothing but back quotes is no trap.
    """
    inner = text.lstrip("`")
    mark = len(text) - len(inner)
    body = inner.rstrip("`")
    if mark < len(FENCE) or len(inner) - len(body) != mark:
        return None
    head = _FENCE_HEAD.match(body)
    return body[head.end() :] if head else None
