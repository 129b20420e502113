"""TOML as text, of the values that a TOML file may hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, time
from typing import Any


def toml_text(table: Mapping[str, Any]) -> str:
    """One line for each key; tables within are inline."""
    return "".join(f"{_string(key)} = {_value(value)}\n" for key, value in table.items())


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return _string(value)
        case Mapping():
            inner = ", ".join(f"{_string(key)} = {_value(one)}" for key, one in value.items())
            return f"{{{inner}}}"
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
        case date() | time():
            return value.isoformat()
        case _:
            return repr(value)  # an integer or a float: Python writes both as TOML does


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
