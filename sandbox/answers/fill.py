"""Fills a schema from an item."""

from typing import Any

from sandbox.answers.draw import Draw
from sandbox.answers.item import Item
from sandbox.answers.schemas import Compiled


def fill(compiled: Compiled, item: Item, draw: Draw) -> Any:
    return _fill(compiled.schema, item, draw, "$")


def _fill(s: Any, item: Item, draw: Draw, path: str) -> Any:
    if not isinstance(s, dict):
        return "x"
    if "const" in s:
        return s["const"]
    if "enum" in s:
        return draw.choose(path, s["enum"])
    for k in ("anyOf", "oneOf"):
        if k in s:
            return _fill(s[k][0], item, draw, path)
    t = s.get("type")
    if isinstance(t, list):
        t = t[0]
    if t == "object" or "properties" in s:
        return {k: _fill(v, item, draw, f"{path}.{k}") for k, v in s.get("properties", {}).items()}
    if t == "array":
        return [
            _fill(s.get("items", {}), item, draw, f"{path}[{i}]")
            for i in range(max(1, s.get("minItems", 1)))
        ]
    if t in ("integer", "number"):
        return max(int(s.get("minimum", 1)), 1)
    if t == "boolean":
        return draw.number(path) % 2 == 0
    if t == "null":
        return None
    return draw.choose(path, item.sentences or ("none",))[: s.get("maxLength", 10**6)]
