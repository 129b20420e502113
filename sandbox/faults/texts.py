"""Faults of the text that carries the JSON."""

import json
import re
from collections.abc import Callable

_SPACE_IN_VALUE = re.compile(r'([:\[,]"(?:[^"\\]|\\.)*?) ')
_NUMBER = re.compile(r"([:\[,])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?=[,}\]])")
_SCALAR = re.compile(r'(:)(?:"(?:[^"\\]|\\.)*"|true|false|null)')
_FIRST_KEY = re.compile(r'\{("(?:[^"\\]|\\.)*"):')


def fence(text: str) -> str:
    """In a Markdown fence."""
    return f"```json\n{text}\n```"


def trailing_comma(text: str) -> str:
    """A comma before the last bracket; an empty one is left alone."""
    return text if text in ("{}", "[]") else f"{text[:-1]},{text[-1]}"


def comments(text: str) -> str:
    """A comment after the first bracket."""
    return f"{text[:1]} // taken from the text\n{text[1:]}"


def control_chars(text: str) -> str:
    """A raw line break instead of the first space inside a string."""
    return _SPACE_IN_VALUE.sub("\\1\n", text, count=1)


def bom(text: str) -> str:
    """A byte order mark before it."""
    return "\ufeff" + text


def nan(text: str) -> str:
    """NaN instead of the first number, or of the first plain value."""
    changed = _NUMBER.sub(r"\1NaN", text, count=1)
    return changed if changed != text else _SCALAR.sub(r"\1NaN", text, count=1)


def duplicate_json_key(text: str) -> str:
    """The first key once more at the end, with another value."""
    key = _FIRST_KEY.match(text)
    if key is None:
        return text
    other = json.dumps("another value")
    return f"{text[:-1]},{key[1]}:{other}}}"


TEXT_FAULTS: dict[str, Callable[[str], str]] = {
    "trailing_comma": trailing_comma,
    "comments": comments,
    "control_chars": control_chars,
    "nan": nan,
    "duplicate_json_key": duplicate_json_key,
    "fence": fence,
    "bom": bom,
}
