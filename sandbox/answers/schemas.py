"""The schema that an answer is asked for: where it stands, and whether a value fits it."""

import functools
import json
import re
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import orjson

from sandbox.prompts import Prompt
from sandbox.wire import camel

_TYPES = frozenset(["object", "array", "string", "number", "integer", "boolean", "null"])
_MARKS = ('"properties"', '"$schema"', '"items"', '"anyOf"', '"$ref"', '"enum"')
_COUNTS = frozenset(
    [
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "minProperties",
        "maxProperties",
        "minimum",
        "maximum",
    ]
)
_MAX_DEPTH = 3


class Compiled:
    """A schema, ready to test values. `source` is its text where it stood in the prompt."""

    __slots__ = ("_valid", "schema", "source")

    def __init__(self, schema: Any, source: str) -> None:
        self.schema = schema
        self.source = source
        self._valid = _validator(schema)

    def accepts(self, value: Any) -> bool:
        """Whether `value` fits the schema; true where the schema itself cannot be read."""
        return self._valid is None or self._valid(value)


def _validator(schema: Any) -> Callable[[Any], bool] | None:
    try:
        is_valid: Callable[[Any], bool] = jsonschema_rs.validator_for(
            schema, validate_formats=True
        ).is_valid
    except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError):
        return None
    return is_valid


def asked_schema(prompt: Prompt) -> Compiled | None:
    """generationConfig's schema, else the first one in the prompt, else in the system text."""
    if prompt.schema is not None:
        return _compiled(orjson.dumps(prompt.schema), prompt.dialect)
    return find_schema(prompt.text) or find_schema(prompt.system)


@functools.lru_cache(maxsize=64)
def _compiled(schema: bytes, dialect: str) -> Compiled:
    data = orjson.loads(schema)
    return Compiled(from_openapi(data) if dialect == "openapi" else data, "")


_last_found: list[Compiled] = []


def find_schema(text: str) -> Compiled | None:
    """The first JSON Schema that stands in a text; None when there is none.

    The prompts of a job mostly hold the same schema in the same place, so the last ones found are
    looked for first. That gives the same schema: what precedes it must hold no other.
    """
    if not any(mark in text for mark in _MARKS):
        return None
    for known in _last_found:
        place = text.find(known.source)
        if place >= 0 and not any(mark in text[:place] for mark in _MARKS):
            return known
    found = _search(text)
    if found is not None:
        _last_found.insert(0, found)
        del _last_found[8:]
    return found


def _search(text: str) -> Compiled | None:
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        try:
            value, end = decoder.raw_decode(text, start)
        except (json.JSONDecodeError, RecursionError):
            start = text.find("{", start + 1)
            continue
        schema = _inside(value, _MAX_DEPTH)
        if schema is not None:
            return Compiled(schema, text[start:end])
        start = text.find("{", end)
    return None


def _inside(value: Any, depth: int) -> Any:
    if not isinstance(value, dict):
        return None
    if is_schema(value):
        return value
    if depth == 0:
        return None
    found = (_inside(inner, depth - 1) for inner in value.values())
    return next((schema for schema in found if schema is not None), None)


def is_schema(value: dict[str, Any]) -> bool:
    """Whether a JSON object reads as a JSON Schema, and not as data."""
    kind = value.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    typed = all(isinstance(name, str) and name.lower() in _TYPES for name in kinds)
    if typed and (isinstance(value.get("properties"), dict) or "items" in value):
        return True
    if isinstance(value.get("$schema"), str) and "json-schema" in value["$schema"]:
        return True
    if isinstance(value.get("properties"), dict) and isinstance(value.get("required"), list):
        return True
    return "$defs" in value and ("$ref" in value or "anyOf" in value)


def from_openapi(schema: Any) -> Any:
    """responseSchema's subset as JSON Schema: lower-case types, `nullable`, counts as numbers."""
    if isinstance(schema, list):
        return [from_openapi(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}
    for key, value in schema.items():
        name = camel(key)
        if name == "type":
            made["type"] = str(value).lower()
        elif name == "properties":
            made["properties"] = {field: from_openapi(inner) for field, inner in value.items()}
        elif name in _COUNTS:
            made[name] = _number(value)
        elif name not in ("nullable", "example", "propertyOrdering"):
            made[name] = from_openapi(value) if name in ("items", "anyOf") else value
    order = schema.get("propertyOrdering") or schema.get("property_ordering")
    if order and "properties" in made:
        fields = made["properties"]
        first = {name: fields[name] for name in order if name in fields}
        made["properties"] = first | fields
    if made.get("type") == "type_unspecified":
        del made["type"]
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") else made


def _number(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    return value
