"""Which schemas the compiled validator may clear by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from referencing.jsonschema import DRAFT202012

# Keywords on which jsonschema 4.26.0 and jsonschema-rs 0.60.3 were seen to agree; whatever is not
# here is left to the reference. The differential property test holds the list to be right.
CLEARED_KEYWORDS = frozenset({
    "$schema", "$id", "$comment", "$defs", "definitions", "$ref", "$anchor",
    "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
    "type", "enum", "const",
    "properties", "required", "additionalProperties", "minProperties", "maxProperties",
    "propertyNames", "dependentRequired", "dependentSchemas",
    "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains", "minContains",
    "maxContains",
    "minLength", "maxLength", "pattern", "format",
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "allOf", "anyOf", "oneOf", "not", "if", "then", "else",
})  # fmt: skip

# Left out, and why: multipleOf (decimals are divided differently), patternProperties (its names
# are patterns in a negative place too), unevaluatedProperties, unevaluatedItems, $dynamicRef,
# $dynamicAnchor, $vocabulary, contentMediaType and whatever is unknown (never compared).

# Under these, a value that is wrongly refused can make a whole wrongly accepted.
_NEGATIVE = frozenset({"not", "oneOf", "if", "maxContains"})

# Python and ECMA 262 read these alike, or ECMA accepts less: letters, digits, plain classes,
# groups, repetition; `\d`, `\w`, `.`, `$` (Python's take more). No look-around, no `\b`, no `\s`.
_PATTERN = re.compile(
    r"""\^?(?:
        [A-Za-z0-9 _:;,@%&=~<>!"'/#-]           # characters that mean themselves
      | \\[dw.\-/+*?()\[\]{}|^$\\]              # escapes
      | \.
      | \[(?:[A-Za-z0-9 _.,:;/+*()@%&=~<>!"'\#] | [A-Za-z0-9]-[A-Za-z0-9] | \\[-.\]\[\\/] )+-?\]
      | \((?:\?:)? | \) | \|
      | [*+?] | \{[0-9]{1,3}(?:,[0-9]{0,3})?\}
    )*\$?""",
    re.VERBOSE,
)
_LARGEST_EXACT = 2**53 - 1


def clears(source: object) -> bool:
    """Whether the compiled validator's "valid" is always the reference's too."""
    negative = False
    with_pattern = False
    for schema in subschemas(source):
        if isinstance(schema, bool):
            continue
        if not isinstance(schema, Mapping) or not schema.keys() <= CLEARED_KEYWORDS:
            return False
        if not _has_small_numbers(schema):
            return False
        pattern = schema.get("pattern")
        if pattern is not None:
            with_pattern = True
            if not isinstance(pattern, str) or not _PATTERN.fullmatch(pattern):
                return False
        negative = negative or bool(_NEGATIVE & schema.keys())
    return not (negative and with_pattern)


def subschemas(source: object) -> Iterator[object]:
    """Yield a schema and every schema inside it, in no order that counts."""
    waiting = [DRAFT202012.create_resource(source)]
    while waiting:
        resource = waiting.pop()
        yield resource.contents
        waiting += resource.subresources()


def _has_small_numbers(schema: Mapping[str, object]) -> bool:
    """Whether every number compared with is one that doubles and integers hold alike."""
    waiting = [
        schema[keyword]
        for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "const")
        if keyword in schema
    ]
    enum = schema.get("enum")
    waiting += enum if isinstance(enum, list) else []
    while waiting:
        one = waiting.pop()
        if isinstance(one, int | float) and abs(one) > _LARGEST_EXACT:
            return False
        if isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return True
