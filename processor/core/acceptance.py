"""Accepting a suggestion: a task's rules, with the line that it proposes."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import Any

from processor.core.toml_text import toml_text

_FIELDS = "fields.toml"
_SCHEMA = "schema.json"


def accept(files: Mapping[str, bytes], suggestion: Mapping[str, Any]) -> dict[str, bytes]:
    """The task's files with the change made; comments of the changed file are lost.

    Law: by the files returned, an answer is judged as ``apply_suggestion`` would have it.

    Args:
        suggestion: ``table`` and ``line``, as reports have them.
    """
    table, line = suggestion["table"], suggestion["line"]
    if table.startswith(f"{_SCHEMA}#"):
        schema = json.loads(files[_SCHEMA])
        _pointed(schema, table.partition("#")[2]).update(json.loads(f"{{{line}}}"))
        changed = json.dumps(schema, ensure_ascii=False, indent=2)
        return {**files, _SCHEMA: f"{changed}\n".encode()}
    rules = tomllib.loads(files.get(_FIELDS, b"").decode("utf-8-sig"))
    merged = _merged(rules, tomllib.loads(f"{table}\n{line}\n"))
    return {**files, _FIELDS: toml_text(merged).encode()}


def _merged(rules: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(rules)
    for name, value in change.items():
        old = made.get(name)
        both = isinstance(value, dict) and isinstance(old, dict)
        made[name] = _merged(old or {}, value) if both else value
    return made


def _pointed(schema: Any, pointer: str) -> Any:
    node = schema
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        node = node[int(name)] if isinstance(node, list) else node[name]
    return node
