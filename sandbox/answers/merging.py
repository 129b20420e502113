"""Makes one plain schema of `$ref`, `allOf` and chosen branches."""

from typing import Any
from urllib.parse import unquote

Schema = dict[str, Any]

_LARGER = frozenset(["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"])
_SMALLER = frozenset(["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"])
_MAX_REFS = 40


class Refused(ValueError):
    """A schema that no value fits, such as `false`."""


def resolve(root: Any, schema: Any) -> Schema:
    """`schema` with its references and its `allOf` merged in; `true` is the empty schema.

    A reference is a pointer or an anchor inside `root`; one that leads nowhere is left out.

    Raises
    ------
    Refused: the schema is `false`.
    """
    for _ in range(_MAX_REFS):
        if schema is False:
            raise Refused("no value fits `false`")
        if not isinstance(schema, dict):
            return {}
        target = schema.get("$ref", schema.get("$dynamicRef"))
        if isinstance(target, str):
            rest = {k: v for k, v in schema.items() if k not in ("$ref", "$dynamicRef")}
            schema = merge(_look_up(root, target), rest) if rest else _look_up(root, target)
        elif "allOf" in schema:
            schema = _all_of(root, schema)
        else:
            return schema
    return {}


def _all_of(root: Any, schema: Schema) -> Any:
    made: Any = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema["allOf"]:
        made = merge(made, resolve(root, part))
    return made


def _look_up(root: Any, target: str) -> Any:
    if target == "#":
        return root
    if not target.startswith("#/"):
        return _anchor(root, target.removeprefix("#"))
    place = root
    for step in target[2:].split("/"):
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(place, list) and name.isdecimal() and int(name) < len(place):
            place = place[int(name)]
        elif isinstance(place, dict) and name in place:
            place = place[name]
        else:
            return {}
    return place


def _anchor(root: Any, name: str) -> Any:
    if isinstance(root, dict):
        if name and name in (root.get("$anchor"), root.get("$dynamicAnchor"), root.get("$id")):
            return root
        root = list(root.values())
    if isinstance(root, list):
        found = (_anchor(inner, name) for inner in root)
        return next((schema for schema in found if schema != {}), {})
    return {}


def merge(one: Any, other: Any) -> Any:
    """A schema that asks for what both ask for, as far as one keyword can say it."""
    if one is False or other is False:
        return False
    if not isinstance(one, dict):
        return other
    if not isinstance(other, dict):
        return one
    made = dict(one)
    for key, value in other.items():
        made[key] = _both(key, made[key], value) if key in made else value
    return made


def _both(key: str, one: Any, other: Any) -> Any:
    if key in _LARGER:
        return max(one, other)
    if key in _SMALLER:
        return min(one, other)
    if key == "required":
        return list(dict.fromkeys([*one, *other]))
    if key in ("properties", "patternProperties", "$defs"):
        shared = {name: merge(one[name], other[name]) for name in one if name in other}
        return one | other | shared
    if key in ("items", "additionalProperties", "propertyNames"):
        return merge(one, other)
    if key == "type":
        return _shared_types(one, other)
    if key == "enum":
        return [value for value in one if value in other] or one
    if key == "allOf":
        return [*one, *other]
    return other


def _shared_types(one: Any, other: Any) -> Any:
    first = one if isinstance(one, list) else [one]
    second = other if isinstance(other, list) else [other]
    if "number" in first and "integer" in second:
        first = [*first, "integer"]
    if "number" in second and "integer" in first:
        second = [*second, "integer"]
    shared = [name for name in first if name in second]
    return shared or one


def types_of(schema: Schema) -> list[str]:
    """The types that a plain schema allows, as it says or as its keywords suggest."""
    given = schema.get("type")
    if isinstance(given, list):
        return [str(name) for name in given]
    if isinstance(given, str):
        return [given]
    for name, keywords in _SUGGEST:
        if any(keyword in schema for keyword in keywords):
            return [name]
    return ["string"]


_SUGGEST = (
    ("object", ("properties", "required", "additionalProperties", "minProperties",
                "patternProperties", "propertyNames", "dependentRequired")),
    ("array", ("items", "prefixItems", "minItems", "uniqueItems", "contains")),
    ("string", ("pattern", "format", "minLength", "maxLength")),
    ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
)  # fmt: skip
