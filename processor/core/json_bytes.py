"""JSON values as bytes."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

_COMPACT = (",", ":")
_LONG_NUMBER = re.compile(rb"[0-9]{19}")


def encode(value: Any) -> bytes:
    """Compact UTF-8 JSON of ``value``; integers of any size stay exact.

    orjson refuses integers beyond 64 bits, so those few documents take the standard library's way.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=_COMPACT)
        return text.encode()


def encode_for_people(value: Any) -> bytes:
    """Indented UTF-8 JSON of ``value`` with a final newline."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2).encode() + b"\n"


def decode(line: bytes) -> Any:
    """A value that we encoded ourselves; integers of any size stay exact."""
    # orjson turns integers beyond 64 bits into floats: lines that may hold one take the exact way.
    return json.loads(line) if _LONG_NUMBER.search(line) else orjson.loads(line)
