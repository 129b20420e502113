"""Strategies for the JSON Schemas that people ask models to fill; each can be met."""

from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]

NAMES = st.sampled_from(
    [
        "title",
        "authors",
        "year",
        "journal",
        "summary",
        "quote",
        "evidence",
        "value",
        "unit",
        "findings",
        "sites",
        "name",
        "confidence",
        "category",
        "date",
        "url",
        "keywords",
        "sentiment",
        "person_name",
        "is_review",
        "sample_size",
        "p_value",
        "reasoning",
        "n",
        "language",
        "minimum_depth",
        "notes",
        "id",
        "score",
        "text",
    ]
)
PATTERNS = st.sampled_from([
    r"^10\.\d{4,9}/[-._;()/:A-Za-z0-9]+$", r"^[A-Z]{2}\d{3}$", r"^\d{4}-\d{2}$", r"\d", "^(yes|no)$",
    r"^[a-z_]+$", r"^#[0-9a-f]{6}$", "^https?://", r"^\+?[0-9 -]{6,14}$", "^.{3,8}$", r"^[^\s]+$",
    r"^(?:[A-Z]\.)+$", r"^\w+@\w+\.org$", "[äöü]",
])  # fmt: skip
FORMATS = st.sampled_from(
    [
        "date",
        "date-time",
        "time",
        "email",
        "uri",
        "uuid",
        "ipv4",
        "ipv6",
        "hostname",
        "duration",
        "regex",
        "json-pointer",
        "uri-reference",
        "iri",
    ]
)


def _with(base: Schema, **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Schema]:
    return st.fixed_dictionaries({}, optional=optional).map(lambda more: base | more)


@st.composite
def strings(draw: st.DrawFn) -> Schema:
    kind = draw(st.sampled_from(["plain", "length", "pattern", "format", "enum", "const"]))
    match kind:
        case "length":
            low = draw(st.integers(0, 300))
            return {"type": "string", "minLength": low, "maxLength": low + draw(st.integers(0, 80))}
        case "pattern":
            return {"type": "string", "pattern": draw(PATTERNS)}
        case "format":
            return {"type": "string", "format": draw(FORMATS)}
        case "enum":
            values = draw(st.lists(st.text(max_size=6), min_size=1, max_size=4, unique=True))
            return {"enum": values}
        case "const":
            return {
                "const": draw(
                    st.one_of(st.text(max_size=9), st.integers(-(2**53), 2**53), st.none())
                )
            }
        case _:
            return draw(_with({"type": "string"}, minLength=st.integers(0, 90)))


@st.composite
def numbers(draw: st.DrawFn) -> Schema:
    kind = draw(st.sampled_from(["integer", "number"]))
    low = draw(st.integers(-1000, 3000))
    span = draw(st.integers(2, 500))
    schema: Schema = {"type": kind}
    if draw(st.booleans()):
        schema[draw(st.sampled_from(["minimum", "exclusiveMinimum"]))] = low
    if draw(st.booleans()):
        schema[draw(st.sampled_from(["maximum", "exclusiveMaximum"]))] = low + span
    if draw(st.integers(0, 3)) == 0:
        schema["multipleOf"] = draw(
            st.sampled_from([1, 2] if kind == "integer" else [0.5, 1, 0.25])
        )
    return schema


SIMPLE = st.one_of(
    strings(), numbers(), st.just({"type": "boolean"}), st.just({"type": "null"}), st.just(True)
)


@st.composite
def arrays(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> Schema:
    low = draw(st.integers(0, 4))
    schema: Schema = {"type": "array", "items": draw(inner), "minItems": low}
    if draw(st.booleans()):
        schema["maxItems"] = low + draw(st.integers(0, 4))
    if draw(st.integers(0, 4)) == 0:
        plain: Schema = {"type": "string"}
        schema |= {"items": plain, "uniqueItems": True}
    if draw(st.integers(0, 4)) == 0:
        schema["prefixItems"] = draw(st.lists(SIMPLE, min_size=1, max_size=2))
        schema.pop("maxItems", None)
        schema.pop("uniqueItems", None)
    return schema


@st.composite
def objects(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> Schema:
    properties = draw(st.dictionaries(NAMES, inner, max_size=5))
    schema: Schema = {"type": "object", "properties": properties}
    if properties:
        schema["required"] = draw(st.lists(st.sampled_from(sorted(properties)), unique=True))
    kind = draw(st.integers(0, 5))
    if kind <= 1:
        schema["additionalProperties"] = False
    elif kind == 2:
        schema |= {"additionalProperties": draw(SIMPLE), "minProperties": draw(st.integers(0, 6))}
    elif kind == 3 and len(properties) > 1:
        first, second, *_ = sorted(properties)
        schema["dependentRequired"] = {first: [second]}
    elif kind == 4:
        schema = {
            "type": "object",
            "patternProperties": {"^[a-z]+_[0-9]$": draw(SIMPLE)},
            "additionalProperties": False,
            "minProperties": draw(st.integers(0, 3)),
        }
    return schema


@st.composite
def unions(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> Schema:
    kind = draw(st.sampled_from(["anyOf", "oneOf", "allOf", "nullable", "if"]))
    match kind:
        case "oneOf":
            one: Schema = {"type": "object", "properties": {"kind": {"const": "a"}}}
            other: Schema = {"type": "object", "properties": {"kind": {"const": "b"}}}
            return {"oneOf": [one | {"required": ["kind"]}, other | {"required": ["kind"]}]}
        case "allOf":
            name = draw(NAMES)
            part: Schema = {"properties": {name: draw(inner)}, "required": [name]}
            return {"allOf": [part, {"type": "object", "properties": {"z": draw(inner)}}]}
        case "nullable":
            return {"type": [draw(st.sampled_from(["string", "integer", "array"])), "null"]}
        case "if":
            return {
                "type": "object",
                "properties": {"kind": {"enum": ["a", "b"]}, "extra": draw(inner)},
                "required": ["kind"],
                "if": {"properties": {"kind": {"const": "a"}}},
                "then": {"required": ["extra"]},
            }
        case _:
            return {"anyOf": draw(st.lists(inner, min_size=1, max_size=3))}


def schemas() -> st.SearchStrategy[Schema]:
    """Schemas of every keyword that is understood, nested; some with `$defs` and recursion."""
    nested: st.SearchStrategy[Any] = st.recursive(
        SIMPLE, lambda inner: st.one_of(arrays(inner), objects(inner), unions(inner)), max_leaves=8
    )
    return st.one_of(objects(nested), _defined(nested))


@st.composite
def _defined(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> Schema:
    node: Schema = {
        "type": "object",
        "properties": {
            "label": draw(inner),
            "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
        },
        "required": draw(st.sampled_from([["label"], ["label", "children", "next"], []])),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {"node": node, "a/b~c": draw(inner)},
        "type": "object",
        "properties": {"root": {"$ref": "#/$defs/node"}, "odd": {"$ref": "#/$defs/a~1b~0c"}},
        "required": ["root", "odd"],
    }
