"""One item as the HTML report's page reads it: a line of JSON that no HTML parser can misread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from processor.core.json_bytes import encode
from processor.core.marks import Mark, find_marks

_MOST_FINDINGS = 50
_SHARE_BEFORE_MARK = 3  # of a text that is cut, a third stands before the first mark
# `<` ends scripts, U+2028 and U+2029 end lines for old JavaScript; inside JSON all may be escaped.
_ESCAPES = (
    (b"<", b"\\u003c"),
    (b">", b"\\u003e"),
    (b"&", b"\\u0026"),
    ("\u2028".encode(), b"\\u2028"),
    ("\u2029".encode(), b"\\u2029"),
)


def item_line(envelope: Mapping[str, Any], *, most_characters: int) -> str:
    """An item's line, without its newline.

    Args:
        most_characters: of the raw text; from a longer one a stretch around the first mark is taken.

    Returns:
        JSON with the keys of the envelope in short, and ``text``: strings, and ``[string, [number of
        finding, …]]`` for marked ones. ``cut`` counts the characters left out before and after.
    """
    text = envelope["raw_text"] or ""
    marks = find_marks(envelope)
    start, end = _window(len(text), marks, most_characters)
    findings = envelope["findings"]
    usage = envelope["usage"]
    return embeddable(
        {
            "id": envelope["item_id"],
            "outcome": envelope["outcome"],
            "findings": [[f["rule"], f["path"], f["message"]] for f in findings[:_MOST_FINDINGS]],
            "more": max(0, len(findings) - _MOST_FINDINGS),
            "text": None if envelope["raw_text"] is None else _segments(text, marks, start, end),
            "cut": [start, len(text) - end],
            "model": envelope["model_version"],
            "finish": envelope["finish_reason"],
            "usage": usage and [usage[k] for k in ("prompt", "cached", "output", "thoughts")],
            "cost": envelope["cost_usd"],
            "repairs": envelope["repairs"],
            "variants": envelope["variants"],
            "from": envelope["reused_from"],
        }
    )


def embeddable(value: Any) -> str:
    """``value`` as JSON that may stand inside a ``<script>`` element of any type."""
    encoded = encode(value)
    for raw, escaped in _ESCAPES:
        encoded = encoded.replace(raw, escaped)
    return encoded.decode()


def _window(length: int, marks: Sequence[Mark], most: int) -> tuple[int, int]:
    if length <= most:
        return 0, length
    first = marks[0].start if marks else 0
    start = min(max(0, first - most // _SHARE_BEFORE_MARK), length - most)
    return start, start + most


def _segments(text: str, marks: Sequence[Mark], start: int, end: int) -> list[Any]:
    segments: list[Any] = []
    at = start
    for mark in marks:
        first, last = max(mark.start, start), min(mark.end, end)
        if first >= last:
            continue
        segments += [text[at:first]] if first > at else []
        segments.append([text[first:last], list(mark.findings)])
        at = last
    return [*segments, text[at:end]]
