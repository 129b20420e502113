"""What the property tests draw from, and how values are compared."""

from __future__ import annotations

import json
from random import Random
from typing import Any, TypeAlias

from hypothesis import strategies as st

Value: TypeAlias = Any
Schema: TypeAlias = Any

_SPACE = (" ", "\n", "\t", "\r", "  ", "")
_COMMENTS = ("/* one */", "// two\n", "/**/", '/* {"a": [1,]} */', '// "\n', "//\r\n")


def exactly(value: object) -> object:
    """Return what equals another's only if both are the same JSON: 1, 1.0 and true differ."""
    if isinstance(value, dict):
        return {"object": [(key, exactly(one)) for key, one in value.items()]}
    if isinstance(value, list):
        return [exactly(one) for one in value]
    return (type(value).__name__, repr(value))


texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.text(st.sampled_from('":,{}[]\\/*-+.eE0123u\n\t\x00 `a…\u2028\ufeff'), max_size=12),
)
integers = st.one_of(
    st.integers(-10, 10),
    st.integers(),
    st.integers(2**53 - 2, 2**53 + 2),
    st.integers(2**63 - 2, 2**64 + 2),
    st.integers(-(10**40), 10**40),
)
floats = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.one_of(st.none(), st.booleans(), integers, floats, texts)
names = st.one_of(st.sampled_from(["a", "b", "a:", "key_findings", ""]), texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(names, inner, max_size=4)),
    max_leaves=12,
)
objects = st.dictionaries(names, values, max_size=4)


@st.composite
def written(draw: st.DrawFn, value: Value) -> str:
    """Draw a way to write a value as strict JSON."""
    return json.dumps(
        value,
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 1, "\t"])),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " : ")])),
    )


class LooseWriter:
    """Writes a value as almost-JSON that needs some of the lossless repairs, and remembers which."""

    def __init__(self, random: Random, allowed: frozenset[str]) -> None:
        self.random = random
        self.allowed = allowed
        self.used: set[str] = set()

    def write(self, value: Value) -> str:
        """Return the text of a value."""
        if isinstance(value, dict):
            members = [f"{self._string(key)}{self._gap()}:{self._gap()}{self.write(one)}"
                       for key, one in value.items()]  # fmt: skip
            return self._container("{", members, "}")
        if isinstance(value, list):
            return self._container("[", [self.write(one) for one in value], "]")
        return self._string(value) if isinstance(value, str) else json.dumps(value)

    def _container(self, opening: str, members: list[str], closing: str) -> str:
        text = members[0] if members else ""
        for member in members[1:]:
            text = f"{text}{self._gap()},{self._gap()}{member}"
        if members and self._chance("trailing_comma"):
            text = f"{text}{self._gap()},"
        return f"{opening}{self._gap()}{text}{self._gap()}{closing}"

    def _gap(self) -> str:
        gap = self.random.choice(_SPACE)
        # The blank before a comment keeps it off a number, where it could be a division.
        if self._chance("comment"):
            gap = f" {gap}{self.random.choice(_COMMENTS)}{self.random.choice(_SPACE)}"
        return gap

    def _string(self, text: str) -> str:
        escaped = json.dumps(text, ensure_ascii=self.random.random() < 0.5)
        for raw, spelled in (("\n", "\\n"), ("\t", "\\t"), ("\x00", "\\u0000")):
            # Only where the escape is not itself part of an escaped backslash.
            if raw in text and "\\" not in text and self._chance("control_character"):
                escaped = escaped.replace(spelled, raw)
        return escaped

    def _chance(self, repair: str) -> bool:
        if repair not in self.allowed or self.random.random() < 0.6:
            return False
        self.used.add(repair)
        return True


@st.composite
def loosely_written(draw: st.DrawFn, value: Value, *repairs: str) -> tuple[str, frozenset[str]]:
    """Draw a text that says a value after the repairs named, and those it really needs."""
    writer = LooseWriter(draw(st.randoms(use_true_random=False)), frozenset(repairs))
    text = writer.write(value)
    return text, frozenset(writer.used)


# Texts near to JSON, many of them broken.
_scrap = (
    st.one_of(
        st.sampled_from(
            ['{', '}', '[', ']', ',', ':', '"', '"a"', '"b"', '"a":', '1', '-0', '1.5', '1e5', "1e400",
             '12345678901234567890123', '"\\u003a"', '"\\ud83d"', '"\\ude00"', 'true', 'null', 'NaN',
             '-Infinity', ' ', '\n', '//x\n', '/*x*/', '`', '```', '\\', '\x01', '\ufeff', '...', "'",
             '{"a":1}', '"x\\"y"', '01', '\u00a0']
        ),
        st.text(max_size=2),
    )
)  # fmt: skip


@st.composite
def scraps(draw: st.DrawFn) -> str:
    """Draw a text that is JSON, or was until something was put in, taken out or torn up."""
    if draw(st.booleans()):
        return "".join(draw(st.lists(_scrap, max_size=10)))
    text = draw(written(draw(values)))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 3)))
    return f"{text[:start]}{draw(st.one_of(st.just(''), _scrap))}{text[end:]}"


# ---- schemas and instances, over a small world so that they meet often

_WORDS = ("a", "b", "ab", "", "1", "é", "2020-01-01", "2020-02-30", "a\n", "٣", "A1")
_SMALL = st.one_of(
    st.sampled_from(
        [0, 1, -1, 2, 1.0, 0.5, 1e16, 2**53, 2**53 + 1, 2**64, -0.0, True, False, None]
    ),
    st.sampled_from(_WORDS),
)
instances = st.recursive(
    _SMALL,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(_WORDS), inner, max_size=3)
    ),
    max_leaves=8,
)
_COUNT = st.integers(0, 2)
_BOUND = st.sampled_from([0, 1, -1, 2, 0.5, 1.0, 2**53 - 1])
_TYPE = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
PATTERNS = (
    "^a",
    "b$",
    "^[a-z]+$",
    r"\d",
    r"^\d{4}-\d{2}-\d{2}$",
    r"^\w+$",
    "a|b",
    ".",
    "^(a|b){1,2}$",
)


def _keywords(inner: st.SearchStrategy[Schema]) -> dict[str, st.SearchStrategy[Any]]:
    named = st.dictionaries(st.sampled_from(_WORDS), inner, max_size=3)
    several = st.lists(inner, min_size=1, max_size=3)
    required = st.lists(st.sampled_from(_WORDS), max_size=2, unique=True)
    return {
        "type": st.one_of(_TYPE, st.lists(_TYPE, min_size=1, max_size=3, unique=True)),
        "enum": st.lists(instances, min_size=1, max_size=3),
        "const": instances,
        "properties": named,
        "required": required,
        "additionalProperties": inner,
        "minProperties": _COUNT,
        "maxProperties": _COUNT,
        "propertyNames": inner,
        "dependentRequired": st.dictionaries(st.sampled_from(_WORDS), required, max_size=2),
        "dependentSchemas": named,
        "items": inner,
        "prefixItems": several,
        "minItems": _COUNT,
        "maxItems": _COUNT,
        "uniqueItems": st.booleans(),
        "contains": inner,
        "minContains": _COUNT,
        "maxContains": _COUNT,
        "minLength": _COUNT,
        "maxLength": _COUNT,
        "pattern": st.sampled_from(PATTERNS),
        "format": st.sampled_from(["date", "email", "uuid", "ipv4", "regex", "no-such-format"]),
        "minimum": _BOUND,
        "maximum": _BOUND,
        "exclusiveMinimum": _BOUND,
        "exclusiveMaximum": _BOUND,
        "allOf": several,
        "anyOf": several,
        "oneOf": several,
        "not": inner,
        "if": inner,
        "then": inner,
        "else": inner,
        "$ref": st.just("#/$defs/d"),
    }


COMPARED = frozenset(_keywords(st.nothing()))


def _one_schema(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    keywords = _keywords(inner)
    several = st.lists(st.sampled_from(sorted(keywords)), min_size=1, max_size=4, unique=True)
    return several.flatmap(lambda some: st.fixed_dictionaries({key: keywords[key] for key in some}))


_LEAF = st.one_of(
    st.booleans(),
    st.fixed_dictionaries({"type": _TYPE}),
    st.fixed_dictionaries({"const": _SMALL}),
    st.fixed_dictionaries({"pattern": st.sampled_from(PATTERNS)}),
    st.fixed_dictionaries({"minimum": _BOUND}),
)
_INNER = st.recursive(_LEAF, _one_schema, max_leaves=5)
schemas = st.builds(
    lambda schema, definition: {**schema, "$defs": {"d": definition}}, _one_schema(_INNER), _LEAF
)
