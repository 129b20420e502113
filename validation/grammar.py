"""The grammar of almost-JSON: what its tokens look like, and what models write in their place."""

from __future__ import annotations

import json
import math
import re

from validation.finding import excerpt

MAX_DIGITS = 4300  # what int() reads by default since Python 3.11; no answer needs more

SPACE = re.compile(r"[ \t\n\r]*")
COMMENT = re.compile(r"//[^\n\r]*|/\*.*?\*/", re.DOTALL)
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
NUMBER_START = re.compile(r"[+-]?\.?[0-9]")
AFTER_NUMBER = frozenset(("", " ", "\t", "\n", "\r", ",", "]", "}"))
CUT_NUMBER = re.compile(r"-|\.|\.?[0-9]*[eE][+-]?")
LITERAL = re.compile(r"true|false|null")
CUT_LITERAL = re.compile(r"t(?:r(?:u)?)?|f(?:a(?:l(?:s)?)?)?|n(?:u(?:l)?)?")
NOT_A_NUMBER = re.compile(r"[+-]?(?:NaN|nan|Infinity|Inf|inf)\b")
CHUNK = re.compile(r'[^"\\\x00-\x1f\ud800-\udfff]*')
ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u([0-9a-fA-F]{4}))')
LOW_SURROGATE = re.compile(r"\\u[dD][c-fC-F][0-9a-fA-F]{2}")
# A comment that stands for data the model left out: taking it off would accept a cut answer.
ELISION = re.compile(
    r"\.\.\.|…|\b(?:omitted|elided|truncated|abbreviated|remaining|and so on|etc)\b", re.IGNORECASE
)
# `7 // 2` is a division to the model that wrote it; `7 // plots` is a comment.
ARITHMETIC = re.compile(r"//\s*[-+(.0-9]")

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


def hint_at(text: str, at: int) -> str:
    """Return what the model may have had in mind there, to go behind a message; mostly nothing."""
    return next((f"; {say}" for what, say in _HINTS if what.match(text, at)), "")


def fault_of_number(match: re.Match[str]) -> tuple[str, str] | None:
    """Return the rule and the message for a number that would not keep its value."""
    whole = match[2] is None and match[3] is None
    if whole and len(match[1]) > MAX_DIGITS:
        message = f"an integer of {len(match[1]):,} digits; {MAX_DIGITS:,} are kept exactly"
        return "decode.number_too_long", message
    if not whole and math.isinf(float(match[0])):
        return (
            "decode.number_overflow",
            f"{excerpt(match[0])} is beyond the largest double, 1.8e308",
        )
    return None


def name_of(literal: str) -> str:
    """Return what a member's name in its double quotes says."""
    try:
        name = json.loads(literal, strict=False)
    except json.JSONDecodeError:  # a bad escape, which has its own finding
        return literal
    return str(name)
