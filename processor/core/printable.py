"""Words of strangers, made fit for a terminal."""

from __future__ import annotations

import re

# What a terminal obeys (escape sequences among them), and what turns the direction of reading.
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """``text`` on one line, with nothing in it that a terminal would obey.

    White space becomes single spaces; other control characters are spelled out, ``\\x1b``.
    """
    return _OBEYED.sub(_spelled, " ".join(text.split()))


def _spelled(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
