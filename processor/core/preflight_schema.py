"""The schema that goes along: what each of its two fields takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from processor.core.preflight_fields import is_integer
from processor.core.preflight_finding import PreflightFinding, Rule, stop, warning

SCHEMA_FIELDS: Final[Mapping[str, str]] = {
    "anyOf": "schemas",
    "default": "any",
    "description": "string",
    "enum": "strings",
    "example": "any",
    "format": "string",
    "items": "schema",
    "maxItems": "integer",
    "maxLength": "integer",
    "maxProperties": "integer",
    "maximum": "number",
    "minItems": "integer",
    "minLength": "integer",
    "minProperties": "integer",
    "minimum": "number",
    "nullable": "boolean",
    "pattern": "string",
    "properties": "map",
    "propertyOrdering": "strings",
    "required": "strings",
    "title": "string",
    "type": "type",
}
"""What ``responseSchema`` holds: a subset of OpenAPI, not JSON Schema.

Source: v1beta Discovery document of August 2026 (as tryAGI/Google_Generative_AI generates code from
it), read 2026-11-22."""
SCHEMA_TYPES: Final = frozenset(
    ["TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"]
)
JSON_SCHEMA_KEYWORDS: Final = frozenset(
    [
        "type", "format", "title", "description", "enum", "items", "prefixItems", "minItems",
        "maxItems", "minimum", "maximum", "anyOf", "oneOf", "properties", "additionalProperties",
        "required", "propertyOrdering",
    ]
)  # fmt: skip
"""What ``responseJsonSchema`` heeds, besides what begins with ``$``; the rest is taken and ignored.

Source: the field's description in google-genai's types (js-genai's published page), read
2026-11-22."""
# The sum of maxItems above which requests were refused without a word of why.
# Source: python-genai#2170 (function calling, on 2.5 Flash), read 2026-11-21.
_MOST_ITEMS = 960
_OTHER_FIELD = 'send_schema = "response_json_schema" takes JSON Schema'
_CURES = {
    "$ref": f"write what it stands for in its place; or {_OTHER_FIELD}",
    "$defs": f"write the definitions where they are used; or {_OTHER_FIELD}",
    "const": f'an `enum` of one string says the same; or {_OTHER_FIELD}',
    "oneOf": f"`anyOf` is known; or {_OTHER_FIELD}",
}  # fmt: skip


def schema_findings(config: Mapping[str, Any]) -> Iterator[PreflightFinding]:
    """What the service would refuse or ignore of the schemas in a generationConfig."""
    given = [name for name in ("responseSchema", "responseJsonSchema") if name in config]
    if len(given) > 1:
        message = "`response_schema` and `response_json_schema` exclude each other. Send one."
        yield stop(Rule.SCHEMA, "generationConfig.responseJsonSchema", message)
    mime = config.get("responseMimeType")
    if given and mime not in ("application/json", "text/x.enum"):
        message = 'A schema goes along with response_mime_type = "application/json". Add that.'
        yield stop(Rule.SCHEMA, "generationConfig.responseMimeType", message)
    if "responseSchema" in config:
        yield from _subset(config["responseSchema"], "generationConfig.responseSchema")
    if "responseJsonSchema" in config:
        yield from _ignored(config["responseJsonSchema"])
    items = sum(_most_items(config[name]) for name in given)
    if items > _MOST_ITEMS:
        message = (
            f"The schema's `maxItems` add up to {items:,}; above about {_MOST_ITEMS} the service "
            "was seen to refuse without a reason. Leave the larger ones out: the answer is checked "
            "against schema.json here."
        )
        yield warning(Rule.SCHEMA, f"generationConfig.{given[0]}", message)


def _subset(schema: Any, path: str) -> Iterator[PreflightFinding]:
    if not isinstance(schema, Mapping):
        yield _refused(path, f"a schema is a table here, not {schema!r}")
        return
    for name, value in schema.items():
        place = f"{path}.{name}"
        kind = SCHEMA_FIELDS.get(name)
        if kind is None:
            cure = _CURES.get(name, f"take it out; or {_OTHER_FIELD}")
            yield _refused(place, f"response_schema knows no `{name}`: {cure}")
        elif kind == "schema":
            yield from _subset(value, place)
        elif kind == "schemas" and isinstance(value, list):
            for position, one in enumerate(value):
                yield from _subset(one, f"{place}[{position}]")
        elif kind == "map" and isinstance(value, Mapping):
            for key, one in value.items():
                yield from _subset(one, f"{place}.{key}")
        else:
            problem = _problem(kind, value)
            if problem:
                yield _refused(place, f"`{name}` {problem}")


def _problem(kind: str, value: Any) -> str | None:
    if kind == "type":
        if isinstance(value, list):
            return f"is one type, not {value!r}: `nullable = true` allows null; or {_OTHER_FIELD}"
        if not isinstance(value, str) or value.upper() not in SCHEMA_TYPES:
            return f"is a type such as STRING or OBJECT, not {value!r}"
    fits = {
        "integer": is_integer(value),
        "number": is_integer(value) or isinstance(value, float),
        "boolean": isinstance(value, bool),
        "string": isinstance(value, str),
        "strings": isinstance(value, list) and all(isinstance(one, str) for one in value),
        "schemas": False,
        "map": False,
    }
    if fits.get(kind, True):
        return None
    words = {"strings": "a list of texts", "schemas": "a list of schemas", "map": "a table"}
    return f"is {words.get(kind, f'a value of type {kind}')} here, not {value!r}"


def _refused(path: str, what: str) -> PreflightFinding:
    return stop(Rule.SCHEMA, path, f"At {path}, {what}.")


def _ignored(schema: Any) -> Iterator[PreflightFinding]:
    unknown = sorted(_unheeded(schema))
    if unknown:
        listed = ", ".join(f"`{name}`" for name in unknown)
        message = (
            f"The service takes {listed} in response_json_schema, and does not heed it: the model "
            "is not held to that. Say it in the prompt too; the answer is checked against it here."
        )
        yield warning(Rule.SCHEMA, "generationConfig.responseJsonSchema", message)
    for path in _crowded(schema, "generationConfig.responseJsonSchema"):
        message = f"At {path}, only names that begin with `$` may stand beside `$ref`."
        yield warning(Rule.SCHEMA, path, message)


def _unheeded(schema: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(schema, Mapping):
        found = {k for k in schema if not k.startswith("$") and k not in JSON_SCHEMA_KEYWORDS}
    return found.union(*(_unheeded(inner) for _, inner in _inner(schema)))


def _crowded(schema: Any, path: str) -> Iterator[str]:
    if (
        isinstance(schema, Mapping)
        and "$ref" in schema
        and any(not k.startswith("$") for k in schema)
    ):
        yield path
    for name, inner in _inner(schema):
        yield from _crowded(inner, f"{path}.{name}")


def _most_items(schema: Any) -> int:
    own = schema.get("maxItems", 0) if isinstance(schema, Mapping) else 0
    whole = int(own) if is_integer(own) else 0
    return whole + sum(_most_items(inner) for _, inner in _inner(schema))


def _inner(schema: Any) -> Iterator[tuple[str, Any]]:
    """The schemas directly within one, each with where it stands."""
    if not isinstance(schema, Mapping):
        return
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), Mapping):
            yield name, schema[name]
    for name in ("anyOf", "oneOf", "allOf", "prefixItems"):
        if isinstance(schema.get(name), list):
            yield from ((f"{name}[{n}]", one) for n, one in enumerate(schema[name]))
    for name in ("properties", "$defs", "definitions"):
        if isinstance(schema.get(name), Mapping):
            yield from ((f"{name}.{key}", one) for key, one in schema[name].items())
