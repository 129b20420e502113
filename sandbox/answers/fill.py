"""Fills a schema from an item."""

import json
import re
from typing import Any

from sandbox.answers.choice import DEEP, NULL_SHARE, Choice
from sandbox.answers.draw import Draw
from sandbox.answers.item import Item, given_by
from sandbox.answers.listing import Distinct, listed
from sandbox.answers.merging import Refused, Schema, merge, resolve, types_of
from sandbox.answers.names import Sort, sort_of
from sandbox.answers.numbers import number_for
from sandbox.answers.texts import Field, text_for

_DEEPEST = 24
_PLAIN_FROM_ATTEMPT = 3
_LEFT_OUT_SHARE = 0.06
_MORE_ITEMS = 3
_TURNS = 6
_UNTOLD_SHARE = 0.6


def fill(schema: Any, item: Item, draw: Draw) -> Any:
    """A value for a schema, of the item's words where they fit.

    Later attempts (`draw.attempt`) choose other branches, then keep to what is required. The
    value mostly fits the schema; whoever needs to know validates it.
    """
    focus = draw.choose("focus", item.measured) if item.measured else ""
    return _Filler(schema, item, draw).value(schema, "", "$", focus, 0)


class _Filler:
    def __init__(self, root: Any, item: Item, draw: Draw) -> None:
        self._root = root
        self._item = item
        self._draw = draw
        self._choice = Choice(root, draw)
        self._plain = draw.attempt >= _PLAIN_FROM_ATTEMPT

    def value(self, schema: Any, name: str, path: str, focus: str, depth: int) -> Any:
        plain = self._choice.branch(resolve(self._root, schema), path, depth)
        if "const" in plain:
            return plain["const"]
        if plain.get("enum"):
            return self._choice.of_enum(plain, path)
        kind = self._choice.kind(plain, path, depth)
        if kind == "object":
            return self._object(plain, name, path, focus, depth)
        if kind == "array":
            return self._array(plain, name, path, focus, depth)
        return self._scalar(kind, plain, Field(
            name=name, path=path, focus=focus, item=self._item, draw=self._draw
        ))  # fmt: skip

    def _scalar(self, kind: str, schema: Schema, field: Field) -> Any:
        given = given_by(self._item, field.name)
        match kind:
            case "null":
                return None
            case "boolean":
                known = isinstance(given, bool)
                return given if known else self._draw.number(field.path) % 2 == 0
            case "integer" | "number":
                nullable = "null" in types_of(schema)
                whole = kind == "integer"
                return number_for(field, schema, given, whole=whole, nullable=nullable)
            case _:
                if given is None and self._untold(schema, field):
                    return None
                return text_for(field, schema, given)

    def _untold(self, schema: Schema, field: Field) -> bool:
        """Whether a text that may be null is: mostly, where its name says nothing to us."""
        if "null" not in types_of(schema):
            return False
        share = _UNTOLD_SHARE if sort_of(field.name) is Sort.PHRASE else NULL_SHARE
        return self._draw.share(f"{field.path}~untold") < share

    def _object(self, schema: Schema, name: str, path: str, focus: str, depth: int) -> Any:
        given = given_by(self._item, name) if name else None
        if isinstance(given, dict):
            inner = Item(json.dumps(given, ensure_ascii=False), given)
            inner_filler = _Filler(self._root, _with_text(inner, self._item), self._draw)
            return inner_filler._fields(schema, path, focus, depth)
        return self._fields(schema, path, focus, depth)

    def _fields(self, schema: Schema, path: str, focus: str, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if depth > _DEEPEST:
            return made
        properties = schema.get("properties", {})
        required = list(schema.get("required", ()))
        for name in (*properties, *(name for name in required if name not in properties)):
            inner = self._schema_of(name, schema)
            if name not in required and self._left_out(inner, f"{path}.{name}", depth):
                continue
            if len(made) >= schema.get("maxProperties", 1 << 30) and name not in required:
                continue
            try:
                made[name] = self.value(
                    inner, _told(name, path), f"{path}.{name}", focus, depth + 1
                )
            except Refused:
                if name in required:
                    raise
        self._complete(made, schema, path, focus, depth)
        return made

    def _left_out(self, inner: Any, path: str, depth: int) -> bool:
        if inner is False or self._plain or depth > DEEP:
            return True
        return depth > 0 and self._draw.share(f"{path}~out") < _LEFT_OUT_SHARE

    def _schema_of(self, name: str, schema: Schema) -> Any:
        inner: Any = schema.get("properties", {}).get(name)
        for pattern, other in schema.get("patternProperties", {}).items():
            try:
                if re.search(pattern, name):
                    inner = other if inner is None else merge(inner, other)
            except re.error:
                continue
        if inner is None:
            inner = schema.get("additionalProperties", True)
        return inner

    def _complete(
        self, made: dict[str, Any], schema: Schema, path: str, focus: str, depth: int
    ) -> None:
        for name in list(made):
            for other in schema.get("dependentRequired", {}).get(name, ()):
                if other not in made:
                    inner = self._schema_of(other, schema)
                    made[other] = self.value(inner, other, f"{path}.{other}", focus, depth + 1)
        wanted = int(schema.get("minProperties", 0))
        if not schema.get("properties") and _is_map(schema) and not self._plain and depth < DEEP:
            wanted = max(wanted, self._draw.between(f"{path}~entries", 1, _MORE_ITEMS))
        wanted = min(wanted, int(schema.get("maxProperties", 1 << 30)))
        for turn in range(wanted * 4):
            if len(made) >= wanted:
                break
            name = self._new_name(schema, path, turn)
            inner = self._schema_of(name, schema)
            if name not in made and inner is not False:
                made[name] = self.value(inner, name, f"{path}.{name}", focus, depth + 1)

    def _new_name(self, schema: Schema, path: str, turn: int) -> str:
        place = f"{path}~name{turn}"
        left = list(schema.get("properties", {}))
        names = merge(schema.get("propertyNames", True), {"type": "string"})
        if left and turn < len(left):
            return str(left[turn])
        patterns = list(schema.get("patternProperties", {}))
        if patterns and schema.get("additionalProperties") is False:
            names = merge(names, {"pattern": patterns[turn % len(patterns)]})
        if names == {"type": "string"}:
            terms = self._item.terms
            return terms[turn] if turn < len(terms) else f"entry_{turn}"
        return str(self.value(names, "term", place, "", DEEP))

    def _array(self, schema: Schema, name: str, path: str, focus: str, depth: int) -> list[Any]:
        low = int(schema.get("minItems", 0))
        high = int(schema.get("maxItems", 1 << 30))
        first = list(schema.get("prefixItems", ()))
        rest = schema.get("items", True)
        if isinstance(rest, list):
            first, rest = rest, schema.get("additionalItems", True)
        wanted = self._length(schema, low, high, path, depth)
        low = max(low, int(schema.get("minContains", 1)) if "contains" in schema else 0)
        own = listed(self._root, rest, self._item, name, high) if not first else None
        if own is not None and len(own) >= low:
            return own
        foci = self._foci(rest, path, focus, max(wanted, low))
        made = Distinct(unique=bool(schema.get("uniqueItems")), least=low)
        for turn in range(max(wanted, low) * _TURNS):
            index = len(made.values)
            if index >= max(wanted, low):
                break
            inner = first[index] if index < len(first) else rest
            if "contains" in schema and index < int(schema.get("minContains", 1)):
                inner = merge(inner, schema["contains"])
            near = foci[turn % len(foci)] if foci else focus
            try:
                value = self.value(inner, _singular(name), f"{path}[{turn}]", near, depth + 1)
            except Refused:
                if index < low:
                    raise
                break
            made.add(value, turn)
        return made.values

    def _length(self, schema: Schema, low: int, high: int, path: str, depth: int) -> int:
        if self._plain or depth > DEEP:
            return min(low, high)
        least = max(low, len(schema.get("prefixItems", ())), 1)
        return min(high, self._draw.between(f"{path}~length", least, least + _MORE_ITEMS))

    def _foci(self, items: Any, path: str, focus: str, count: int) -> list[str]:
        """Sentences for the entries of a list, different ones, in the order of the text."""
        plain = resolve(self._root, items) if isinstance(items, dict) else {}
        texts = self._item.measured if _has_number(self._root, plain) else self._item.sentences
        if not texts or not count:
            return [focus] if focus else []
        step = max(len(texts) // count, 1)
        start = self._draw.number(f"{path}~from") % max(len(texts) - step * (count - 1), 1)
        return [texts[(start + step * turn) % len(texts)] for turn in range(count)]


def _told(name: str, path: str) -> str:
    """A bare `name` says what it names by the list that it stands in: `sites[0].name`."""
    if name not in ("name", "label"):
        return name
    parent = re.search(r"(\w+)\[\d+\]$", path)
    return f"{_singular(parent[1])}_{name}" if parent else name


def _with_text(inner: Item, outer: Item) -> Item:
    """An item of the inner data, whose sentences are the outer item's."""
    inner.text = outer.text
    return inner


def _is_map(schema: Schema) -> bool:
    named = isinstance(schema.get("additionalProperties"), dict) or "patternProperties" in schema
    return named and schema.get("additionalProperties", True) is not False


def _has_number(root: Any, schema: Schema) -> bool:
    for inner in schema.get("properties", {}).values():
        try:
            kinds = types_of(resolve(root, inner))
        except Refused:
            continue
        if "number" in kinds or "integer" in kinds:
            return True
    return False


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
